// Counts what the contract names, and lists what it does not: only names of elements, ids, classes and slugs, no texts of buyers.
({ contract, selectors, overlays }) => {
  const count = (selector) => document.querySelectorAll(selector).length;
  const rows = [...document.querySelectorAll(contract.row)];
  const menus = rows.map((row) => row.querySelector(contract.menu)).filter(Boolean);
  const cells = [...(rows[0]?.children ?? [])];
  return {
    counts: Object.fromEntries(Object.entries(selectors).map(([name, selector]) => [name, count(selector)])),
    rowsWithOrder: rows.filter((row) => row.querySelector(contract.order)?.getAttribute("label")).length,
    rowsWithRating: rows.filter((row) => /^[1-5]$/.test(row.querySelector(contract.rating)?.getAttribute("value") ?? "")).length,
    rowsWithComment: rows.filter((row) => row.querySelectorAll(contract.comment).length === 1).length,
    slugs: [...new Set(menus.flatMap((menu) => insideAll(menu, contract.action).map((option) => option.dataset.action)))].sort(),
    readableMenus: menus.filter((menu) => insideAll(menu, contract.action).length).length,
    cellClasses: cells.map((cell) => [...cell.classList].filter((name) => name.startsWith("col_")).join(" ")),
    kats: [...new Set([...document.querySelectorAll("*")].map((e) => e.localName).filter((name) => name.startsWith("kat-")))].sort(),
    coveredBy: overlays.filter((overlay) => shownOf(overlay.covers).length).map((overlay) => overlay.covers),
    language: document.documentElement.lang,
  };
}
