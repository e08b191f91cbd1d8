// The last check and the click, in one task of the page: nothing can happen in between. A frozen driver or browser
// that wakes up late finds the deadline over and does not click.
({ contract, wanted }) => {
  const refuse = (reason) => ({ clicked: false, reason });
  if (performance.now() > wanted.latestMonotonic || Date.now() > wanted.latestWall) return refuse("deadline_passed");
  const shown = (selector) => tidy(shownOf(selector)[0]?.textContent);
  if (shown(contract.account) !== wanted.account) return refuse("wrong_account");
  if (shown(contract.marketplace) !== wanted.marketplace) return refuse("wrong_marketplace");
  const rows = [...document.querySelectorAll(contract.row)].map((row) => readRow(row, contract))
    .filter((row) => row.orderId === wanted.orderId);
  if (rows.length !== 1) return refuse(rows.length ? "two_rows" : "row_gone");
  const [row] = rows;
  if (row.rating !== wanted.rating || row.comment !== wanted.comment) return refuse("content_changed");
  if (row.hasNote || row.isStruck) return refuse("struck");
  if (!row.slugs.includes(contract.requestAction)) return refuse("not_offered");
  const panels = openPanels(contract);
  if (panels.length !== 1) return refuse("panels");
  const [panel] = panels;
  const before = panel.closest(contract.holder)?.previousElementSibling;
  if (before?.matches(contract.row) && readRow(before, contract).orderId !== wanted.orderId) return refuse("wrong_panel");
  if (String(panel.querySelector(contract.category)?.value) !== wanted.category) return refuse("category");
  if (String(panel.querySelector(contract.reason)?.value) !== wanted.reason) return refuse("reason");
  const host = panel.querySelector(contract.submit);
  const button = inside(host, "button");
  if (!button || button.disabled || host.hasAttribute("disabled")) return refuse("submit_disabled");
  button.scrollIntoView({ block: "center", behavior: "instant" });
  const box = button.getBoundingClientRect();
  let hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  while (hit?.shadowRoot) {
    const deeper = hit.shadowRoot.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!deeper || deeper === hit) break;
    hit = deeper;
  }
  if (!hit || !(button === hit || button.contains(hit))) return refuse("covered");
  button.click();
  return { clicked: true, reason: "" };
}
