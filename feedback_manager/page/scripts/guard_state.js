({ contract }) => ({ ...(window.feedbackRemovalGuard?.() ?? { passed: false, refused: "" }), panels: openPanels(contract).length })
