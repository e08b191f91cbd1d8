({ contract }) => {
  const guard = window.feedbackRemovalGuard ?? { passed: false, refused: "" };
  return { passed: guard.passed, refused: guard.refused, panels: openPanels(contract).length };
}
