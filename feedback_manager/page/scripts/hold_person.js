// Before the panel is opened for a person: no press on Submit gets through until guard_person.js says what must hold for one.
({ contract }) => {
  if (window.feedbackRemovalGuard) return;
  const guard = { check: () => "not_handed_over", passed: false, refused: "" };
  window.feedbackRemovalGuard = guard;
  const onClick = (event) => {
    const onSubmit = event.composedPath().some((node) => node instanceof Element && node.matches(contract.submit));
    if (!onSubmit) return;
    const reason = guard.passed ? "pressed_before" : guard.check();
    if (reason) {
      guard.refused = reason;
      event.stopImmediatePropagation();
      event.preventDefault();
    } else {
      guard.passed = true;
    }
  };
  window.addEventListener("click", onClick, true);
}
