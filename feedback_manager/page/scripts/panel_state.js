({ contract }) => {
  const panels = openPanels(contract);
  const panel = panels[0] ?? null;
  const dropdown = (selector) => {
    const element = panel?.querySelector(selector) ?? null;
    if (!isShown(element)) return null;
    let options = element.options ?? [];
    if (typeof options === "string") options = JSON.parse(options);
    return {
      value: String(element.value ?? ""),
      options: [...options].map((option) => String(option.value)),
      isDisabled: element.hasAttribute("disabled"),
    };
  };
  const submit = panel?.querySelector(contract.submit) ?? null;
  const inner = inside(submit, "button");
  const before = panel?.closest(contract.holder)?.previousElementSibling ?? null;
  return {
    panels: panels.length,
    // The row right before the panel's holder, if that is a feedback row: a second proof of whose panel it is.
    ownerOrderId: before?.matches(contract.row) ? readRow(before, contract).orderId : null,
    labels: panel ? [...panel.querySelectorAll(contract.button)].filter(isShown).map((b) => b.getAttribute("label") ?? "") : [],
    category: dropdown(contract.category),
    reason: dropdown(contract.reason),
    submit: isShown(submit) ? { isEnabled: Boolean(inner) && !inner.disabled && !submit.hasAttribute("disabled") } : null,
  };
}
