// Turns the list's page. It changes nothing on the site, so it may be pressed under a pop-up.
({ contract }) => { shownOf(contract.pager).at(-1).click(); }
