({ selectors, texts }) => {
  const visibleText = document.body?.innerText ?? "";
  const interactive = shownOf("a[href], button, input, select, textarea, [role=button], kat-button, kat-link");
  return {
    host: location.host,
    path: location.pathname,
    language: document.documentElement.lang,
    visible: Object.fromEntries(selectors.map((selector) => [selector, shownOf(selector).length > 0])),
    texts: texts.filter((text) => visibleText.includes(text)),
    isBare: interactive.length === 0,
    isBlank: visibleText.trim() === "",
  };
}
