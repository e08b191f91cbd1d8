() => ({ monotonic: performance.now(), wall: Date.now() })
