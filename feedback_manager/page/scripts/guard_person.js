// The person presses Submit; the page itself sees to it that only one press gets through, only while everything is still as
// verified, and none after the deadline, even when the driver has died meanwhile.
({ contract, wanted }) => {
  let passed = false;
  let refused = "";
  const guard = (event) => {
    const onSubmit = event.composedPath().some((node) => node instanceof Element && node.matches(contract.submit));
    if (!onSubmit) return;
    const reason = passed ? "pressed_before" : lastCheck(contract, wanted).reason;
    if (reason) {
      refused = reason;
      event.stopImmediatePropagation();
      event.preventDefault();
    } else {
      passed = true;
    }
  };
  window.addEventListener("click", guard, true);
  window.feedbackRemovalGuard = () => ({ passed, refused });
}
