({ contract }) => ({
  account: tidy(shownOf(contract.account)[0]?.textContent),
  marketplace: tidy(shownOf(contract.marketplace)[0]?.textContent),
})
