// The tabbed page of 2017 to about 2025: light DOM, one drop-down a row, a yes-or-no question instead of reasons.
import { boot, element, fetchRows, postRemoval, wait } from "/static/kat.js";
import { popUps } from "/static/pop_ups.js";

const { token, words, rowsDelay, quirks } = boot();
const list = document.querySelector("feedback-list");
let tab = "all";

function row(entry) {
  const choice = element("select", {}, element("option", { value: "" }, words.choose), element("option", { value: "post_public_reply" }, words.reply));
  if (entry.offered) choice.append(element("option", { value: "request_removal" }, words.request));
  const comment = element("kat-table-cell", {}, element("span", {}, entry.comment));
  if (entry.struck) comment.firstChild.style.textDecoration = "line-through";
  if (entry.note) comment.append(element("div", { class: "amazon-note" }, element("b", {}, words.note_title), " ", entry.note));
  const made = element("kat-table-row", {},
    element("kat-table-cell", {}, entry.date),
    element("kat-table-cell", {}, "★".repeat(entry.rating)),
    element("kat-table-cell", {}, element("a", { href: `/orders-v3/order/${entry.orderId}` }, entry.orderId)),
    comment, element("kat-table-cell", {}, choice));
  choice.addEventListener("change", () => { if (choice.value === "request_removal") ask(made, entry); });
  return made;
}

function ask(under, entry) {
  const yes = element("button", { type: "button", class: "primary" }, words.yes);
  const no = element("button", { type: "button" }, words.no);
  const box = element("div", { class: "question" }, element("p", {}, words.criteria), element("p", {}, words.criteria_question), yes, no);
  no.addEventListener("click", () => box.remove());
  yes.addEventListener("click", async () => {
    yes.disabled = true;
    const answer = await postRemoval(token, { orderId: entry.orderId });
    if (answer.ok) box.remove();
    else box.append(element("p", {}, words.error));
  });
  under.after(box);
}

async function load(page) {
  const answer = await fetchRows(page, tab);
  if (!answer) return;
  await wait(rowsDelay);
  const header = element("kat-table-row", { class: "header" }, ...words.columns.map((title) => element("kat-table-cell", {}, title)));
  const pages = element("ul", {});
  for (let number = 1; number <= answer.pages; number += 1) {
    const item = element("li", number === answer.page ? { class: "current" } : {}, String(number));
    item.addEventListener("click", () => load(number));
    pages.append(item);
  }
  list.replaceChildren(
    element("kat-table", {}, element("kat-table-head", {}, header), element("kat-table-body", {}, ...answer.rows.map(row))),
    element("kat-pagination", {}, pages));
}

for (const tabHeader of document.querySelectorAll("kat-tab-header")) {
  tabHeader.addEventListener("click", () => {
    document.querySelector("kat-tab-header[selected]")?.removeAttribute("selected");
    tabHeader.setAttribute("selected", "");
    tab = tabHeader.getAttribute("tab-id");
    load(1);
  });
}
popUps(quirks, words);
load(1);
