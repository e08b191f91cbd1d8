"""One page a run for the person who looks in the morning: what to do today, what came in, what Amazon decided."""
