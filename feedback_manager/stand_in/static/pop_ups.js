// Things that lie over the page: tour, cookie bar, survey, the question on leaving.
import { element } from "/static/kat.js";

export function popUps(quirks, words) {
  const close = () => element("button", { type: "button", class: "close" }, words.close);
  const show = (box) => {
    const button = box.querySelector(".close");
    button.addEventListener("click", () => box.remove());
    document.body.append(box);
  };
  if (quirks.includes("tour")) {
    show(element("div", { id: "katal-id-1", class: "cover" }, element("p", {}, words.tour), close()));
  }
  if (quirks.includes("cookie_bar")) {
    show(element("div", { id: "sp-cc", class: "cookie-bar" }, element("p", {}, words.cookies), close()));
  }
  if (quirks.includes("survey")) {
    setTimeout(() => show(element("div", { id: "survey-1", class: "cover", role: "dialog" }, element("p", {}, words.survey), close())), 150);
  }
  if (quirks.includes("leave_dialog")) {
    addEventListener("beforeunload", (event) => { event.preventDefault(); });
  }
  if (quirks.includes("new_tab")) {
    open(location.href, "_blank");
  }
}
