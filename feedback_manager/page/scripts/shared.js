const inside = (host, selector) =>
  host ? host.shadowRoot?.querySelector(selector) ?? host.querySelector(selector) : null;
const insideAll = (host, selector) =>
  host ? [...(host.shadowRoot?.querySelectorAll(selector) ?? []), ...host.querySelectorAll(selector)] : [];
const isShown = (element) =>
  Boolean(element) && element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const shownOf = (selector) => [...document.querySelectorAll(selector)].filter(isShown);
const tidy = (text) => (text ?? "").replace(/\s+/gu, " ").trim();

// Text of a cell as laid out: a line break or a block is a blank, so that words do not run into each other.
const laidOutText = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  if (node.tagName === "BR") return " ";
  const text = [...node.childNodes].map(laidOutText).join("");
  return getComputedStyle(node).display.startsWith("inline") ? text : ` ${text} `;
};

const isStruckThrough = (cell) =>
  [cell, ...cell.querySelectorAll("*")].some((element) =>
    getComputedStyle(element).textDecorationLine.includes("line-through"));

const readRow = (row, contract) => {
  const cell = row.querySelector(contract.comment);
  const whole = cell ? laidOutText(cell) : null;
  let end = whole?.length ?? 0;
  for (const label of contract.noteLabels) {
    const at = whole?.indexOf(label) ?? -1;
    if (at >= 0) end = Math.min(end, at);
  }
  const menu = row.querySelector(contract.menu);
  const slugs = insideAll(menu, contract.action).map((option) => option.dataset.action);
  const rating = row.querySelector(contract.rating)?.getAttribute("value") ?? null;
  return {
    orderId: row.querySelector(contract.order)?.getAttribute("label") ?? null,
    dateText: tidy(row.querySelector(contract.date)?.textContent),
    rating,
    comment: whole === null ? null : tidy(whole.slice(0, end)),
    hasNote: whole !== null && end < whole.length,
    isStruck: cell !== null && isStruckThrough(cell),
    slugs,
  };
};

const openPanels = (contract) => shownOf(contract.panel);

const pagerOf = (contract) => {
  const links = shownOf(contract.pager);
  const last = links.at(-1);
  return { links: links.length, hasNext: Boolean(last) && !last.classList.contains(contract.pagerOff) };
};

// The last check before a click on Submit: everything that was verified, once more, at this very moment.
// Answers the button, or why it may not be pressed.
const lastCheck = (contract, wanted) => {
  const refusal = (reason) => ({ button: null, reason });
  if (performance.now() > wanted.latestMonotonic || Date.now() > wanted.latestWall) return refusal("deadline_passed");
  const shown = (selector) => tidy(shownOf(selector)[0]?.textContent);
  if (shown(contract.account) !== wanted.account) return refusal("wrong_account");
  if (!wanted.marketplaces.includes(shown(contract.marketplace))) return refusal("wrong_marketplace");
  const rows = [...document.querySelectorAll(contract.row)].map((row) => readRow(row, contract))
    .filter((row) => row.orderId === wanted.orderId);
  if (rows.length !== 1) return refusal(rows.length ? "two_rows" : "row_gone");
  const [row] = rows;
  if (row.rating !== wanted.rating || row.comment !== wanted.comment) return refusal("content_changed");
  if (row.hasNote || row.isStruck) return refusal("struck");
  if (!row.slugs.includes(contract.requestAction)) return refusal("not_offered");
  const panels = openPanels(contract);
  if (panels.length !== 1) return refusal("panels");
  const [panel] = panels;
  const before = panel.closest(contract.holder)?.previousElementSibling;
  if (before?.matches(contract.row) && readRow(before, contract).orderId !== wanted.orderId) return refusal("wrong_panel");
  if (String(panel.querySelector(contract.category)?.value) !== wanted.category) return refusal("category");
  if (String(panel.querySelector(contract.reason)?.value) !== wanted.reason) return refusal("reason");
  const host = panel.querySelector(contract.submit);
  const button = inside(host, "button");
  if (!button || button.disabled || host.hasAttribute("disabled")) return refusal("submit_disabled");
  button.scrollIntoView({ block: "center", behavior: "instant" });
  const box = button.getBoundingClientRect();
  let hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  while (hit?.shadowRoot) {
    const deeper = hit.shadowRoot.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!deeper || deeper === hit) break;
    hit = deeper;
  }
  if (!hit || !(button === hit || button.contains(hit))) return refusal("covered");
  return { button, reason: "" };
};
