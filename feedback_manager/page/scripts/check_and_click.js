// The last check and the click, in one task of the page: nothing can happen in between. A frozen driver or browser
// that wakes up late finds the deadline over and does not click.
({ contract, wanted }) => {
  const { button, reason } = lastCheck(contract, wanted);
  button?.click();
  return { clicked: button !== null, reason };
}
