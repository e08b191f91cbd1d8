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
