// The page as seen in 2026: rows and menus come late, the removal panel asks for a category and a reason in two steps, and
// the list is not fetched again after a request.
import { boot, element, fetchRows, postRemoval, wait } from "/static/kat.js";
import { popUps } from "/static/pop_ups.js";

const { token, words, categories, reasons, menuDelay, rowsDelay, quirks } = boot();
const has = (quirk) => quirks.includes(quirk);
const panelWords = has("new_wording_in_panel") ? { ...words, continue: "Proceed onwards", cancel: "Leave it" } : words;
const list = document.querySelector("feedback-list");
const body = element("kat-table-body");

const header = element("kat-table-row", { class: "fb-detail-table-header" },
  ...words.columns.map((title) => element("kat-table-cell", {}, title)));
const pager = element("div", { class: "pagination" });
list.append(element("kat-table", {}, element("kat-table-head", {}, header), body), pager);

function row(entry) {
  const menu = element("kat-dropdown-button");
  const comment = element("kat-table-cell", { "data-label": words.columns[3] });
  const text = element("span", {}, entry.comment);
  comment.append(text);
  if (entry.struck) {
    comment.style.textDecoration = "none";
    text.style.textDecoration = "line-through";
    comment.classList.add("struck");
  }
  if (entry.note) comment.append(element("div", { class: "amazon-note" }, element("b", {}, words.note_title), " ", entry.note));
  const made = element("kat-table-row", { id: has("renamed_rows") ? "feedback-entry" : "feedback-details" },
    element("kat-table-cell", { class: "col_order_date" }, entry.date),
    element("kat-table-cell", { class: "col_feedback_rating" }, element("kat-star-rating", { value: entry.rating })),
    element("kat-table-cell", { class: "col_order_id" },
      element("kat-link", { label: entry.orderId, href: `/orders-v3/order/${entry.orderId}` })),
    comment,
    element("kat-table-cell", { class: "col_actions" }, menu));
  const actions = [{ slug: "post_public_reply", label: words.reply }];
  if (entry.offered) actions.push({ slug: has("renamed_action") ? "ask_review" : "request_removal", label: words.request });
  if (!("menu_never" in entry.quirks)) {
    setTimeout(() => menu.attach(words.choose, actions), Number(entry.quirks.menu_late ?? menuDelay));
  }
  menu.addEventListener("action", (event) => {
    if (event.detail !== "post_public_reply" && !("panel_never" in entry.quirks)) openPanel(made, entry);
  });
  return made;
}

function openPanel(under, entry) {
  let place = under;
  let order = entry.orderId;
  if ("wrong_panel" in entry.quirks) {
    const others = [...body.querySelectorAll("kat-table-row")].filter((other) => other !== under);
    place = others[0] ?? under;
    order = place.querySelector("kat-link").getAttribute("label");
  }
  place.after(panel(order, entry.quirks));
  if ("two_panels" in entry.quirks) place.after(panel(order, {}));
}

function panel(orderId, rowQuirks) {
  const side = element("div", { class: "side-panel side-panel-open" });
  const holder = element("tr", { class: "feedback-details panel-active" }, element("feedback-removal", {}, side));
  const title = () => element("h4", {}, panelWords.criteria_title);
  const cancel = () => {
    const button = element("kat-button", { label: panelWords.cancel });
    button.addEventListener("click", () => holder.remove());
    return button;
  };
  const next = element("kat-button", { label: panelWords.continue, variant: "primary" });
  next.addEventListener("click", () => side.replaceChildren(title(), ...form(orderId, rowQuirks, holder), cancel()));
  side.append(title(), element("p", {}, panelWords.criteria), next, cancel());
  return holder;
}

function form(orderId, rowQuirks, holder) {
  const category = element("kat-dropdown", { id: "category-dropdown", placeholder: words.pick });
  const reason = element("kat-dropdown", { id: "reason-dropdown", placeholder: words.pick, disabled: "" });
  const submit = element("kat-button", { id: "submit-button", label: words.submit, variant: "primary", disabled: "" });
  const message = element("div", { class: "panel-message", role: "status" });
  const shift = "codes_renumbered" in rowQuirks ? 500 : 0;
  const offered = { ...categories };
  if ("category_added" in rowQuirks) offered["seller-service"] = ["501"];
  category.options = Object.keys(offered).map((slug) => ({ value: slug, name: words.categories[slug] ?? slug }));
  category.addEventListener("change", () => {
    const codes = offered[category.value].filter((code) => code !== String(rowQuirks.reason_missing ?? ""));
    reason.options = codes.map((code) => ({ value: String(Number(code) + shift), name: reasons[code] ?? code }));
    reason.removeAttribute("disabled");
    submit.setAttribute("disabled", "");
  });
  reason.addEventListener("change", () => {
    if ("forgets_reason" in rowQuirks) {
      setTimeout(() => { reason.value = ""; }, 0);
    }
    if (!("submit_disabled" in rowQuirks)) submit.removeAttribute("disabled");
  });
  const send = async () => {
    submit.setAttribute("disabled", "");
    try {
      const answer = await postRemoval(token, { orderId, category: category.value, reason: reason.value });
      if (answer.refused) { message.textContent = words.refused; return; }
      if (answer.ok) { holder.remove(); return; }
    } catch { /* the connection broke: the panel stays open, as on the live page */ }
    message.textContent = words.error;
    submit.removeAttribute("disabled");
  };
  submit.addEventListener("click", () => {
    if (submit.hasAttribute("disabled") || "click_swallowed" in rowQuirks) return;
    if ("fires_twice" in rowQuirks) {
      postRemoval(token, { orderId, category: category.value, reason: reason.value });
    }
    send();
  });
  const fields = [
    element("label", {}, words.category, category),
    element("label", {}, words.reason, reason),
    message,
    submit,
  ];
  if ("click_covered" in rowQuirks) {
    setTimeout(() => document.body.append(element("div", { class: "veil" })), 0);
  }
  return fields;
}

function renderPager(page, pages) {
  const link = (label, target, isOff) => {
    const made = element("span", { class: `pagination-nav${isOff ? " pagination-nav-disabled" : ""}`, tabindex: "0" }, label);
    if (!isOff) made.addEventListener("click", () => load(target));
    return made;
  };
  pager.replaceChildren(link(words.previous, page - 1, page <= 1), element("span", { class: "pagination-count" }, `${page} / ${pages}`),
    link(words.next, page + 1, page >= pages));
}

async function load(page) {
  body.replaceChildren();
  pager.replaceChildren();
  const answer = await fetchRows(page);
  if (!answer) return;
  await wait(rowsDelay);
  body.replaceChildren(...answer.rows.map(row));
  if (!answer.rows.length) body.append(element("p", { class: "muted none" }, words.empty));
  renderPager(answer.page, answer.pages);
  if (has("stale_panel")) body.querySelector("kat-table-row")?.after(panel("", {}));
}

popUps(quirks, words);
load(1);
