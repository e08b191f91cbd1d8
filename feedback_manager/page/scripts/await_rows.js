// Waits inside the page until the list can be read, then reads it at once: one crossing between driver and page for a
// page of rows. Answers `rows: null` when nothing came within the bounds, `isDrift` when the list holds order ids but not one
// row as the contract describes it: such a list must never pass for an empty one.
async ({ contract, previous, rowsBound, menuBound, emptyAfter }) => {
  const start = performance.now();
  let rowsSince = null;
  let emptySince = null;
  for (;;) {
    const now = performance.now();
    const rows = [...document.querySelectorAll(contract.row)];
    const pager = pagerOf(contract);
    if (rows.length && pager.links) {
      const read = rows.map((row) => readRow(row, contract));
      const ids = read.map((row) => row.orderId).join(" ");
      if (ids !== previous) {
        rowsSince ??= now;
        if (read.every((row) => row.slugs.length) || now - rowsSince > menuBound) return { rows: read, pager };
      }
      emptySince = null;
    } else if (pager.links) {
      emptySince ??= now;
      const region = document.querySelector(contract.region);
      if (now - emptySince > emptyAfter) {
        return { rows: [], pager, isDrift: /\b[0-9A-Z]{3}-\d{7}-\d{7}\b/.test(region?.innerHTML ?? "") };
      }
    }
    if (now - start > rowsBound) return { rows: null, pager };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
