// Custom elements that look, from outside, like those on the live page: same tag names, attributes, slugs and open
// shadow roots. What is inside is this project's own.

const STYLE = `
  :host { font: inherit; }
  :host([hidden]) { display: none; }
  button { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 8px;
    padding: .4rem .8rem; cursor: pointer; white-space: nowrap; }
  button:focus-visible { outline: 2px solid #4f46e5; outline-offset: 2px; }
  button:disabled { opacity: .45; cursor: not-allowed; }
`;

function shadow(host, markup) {
  const root = host.attachShadow({ mode: "open" });
  root.innerHTML = `<style>${STYLE}</style>${markup}`;
  return root;
}

class KatLink extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = shadow(this, `<style>a { color: #3730a3; text-decoration: none; font-variant-numeric: tabular-nums; }
      a:hover { text-decoration: underline; }</style><a></a>`);
    const link = root.querySelector("a");
    link.href = this.getAttribute("href") || "#";
    link.textContent = this.getAttribute("label") || "";
  }
}

class KatStarRating extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const value = Number(this.getAttribute("value"));
    const root = shadow(this, `<style>span { color: #b45309; letter-spacing: .05em; } i { color: #d6d3d1; font-style: normal; }</style><span></span>`);
    const stars = root.querySelector("span");
    stars.textContent = "★".repeat(value);
    const rest = document.createElement("i");
    rest.textContent = "★".repeat(5 - value);
    stars.append(rest);
  }
}

class KatButton extends HTMLElement {
  static observedAttributes = ["disabled", "label"];
  connectedCallback() {
    if (this.shadowRoot) return;
    shadow(this, `<style>
      button { background: #fff; border-color: #d6d3d1; }
      :host([variant="primary"]) button { background: #4338ca; color: #fff; border-color: #4338ca; }
    </style><button type="button"></button>`);
    this.update();
  }
  attributeChangedCallback() { if (this.shadowRoot) this.update(); }
  update() {
    const button = this.shadowRoot.querySelector("button");
    button.textContent = this.getAttribute("label") || "";
    button.disabled = this.hasAttribute("disabled");
  }
}

class KatDropdown extends HTMLElement {
  static observedAttributes = ["disabled"];
  #options = [];
  #value = "";
  get options() { return this.#options; }
  set options(options) { this.#options = options; this.#value = ""; this.render(); }
  get value() { return this.#value; }
  set value(value) { this.#value = value; this.render(); }
  connectedCallback() { if (!this.shadowRoot) { shadow(this, `<style>
      :host { display: block; position: relative; }
      .select-header { width: 100%; text-align: left; border-color: #a8a29e; background: #fff; padding-right: 2rem; }
      .select-header::after { content: "▾"; position: absolute; right: .8rem; color: #57534e; }
      .select-options { position: absolute; z-index: 5; left: 0; right: 0; margin-top: 4px; background: #fff; border: 1px solid #d6d3d1;
        border-radius: 8px; box-shadow: 0 8px 24px rgb(0 0 0 / .12); padding: 4px; max-height: 15rem; overflow: auto; }
      .select-options[hidden] { display: none; }
      kat-option { display: block; padding: .4rem .6rem; border-radius: 6px; cursor: pointer; }
      kat-option:hover, kat-option[selected] { background: #eef2ff; }
    </style><button type="button" class="select-header" aria-haspopup="listbox"></button><div class="select-options" role="listbox" hidden></div>`);
    const header = this.shadowRoot.querySelector(".select-header");
    const list = this.shadowRoot.querySelector(".select-options");
    header.addEventListener("click", () => { list.hidden = !list.hidden; });
    list.addEventListener("click", (event) => {
      const option = event.target.closest("kat-option");
      if (!option) return;
      list.hidden = true;
      this.value = option.getAttribute("value");
      this.dispatchEvent(new CustomEvent("change", { bubbles: true, composed: true, detail: { value: this.value } }));
    });
    this.render();
  } }
  attributeChangedCallback() { this.render(); }
  render() {
    if (!this.shadowRoot) return;
    const header = this.shadowRoot.querySelector(".select-header");
    header.disabled = this.hasAttribute("disabled");
    const chosen = this.#options.find((option) => option.value === this.#value);
    header.textContent = chosen ? chosen.name : this.getAttribute("placeholder") || "";
    const list = this.shadowRoot.querySelector(".select-options");
    list.replaceChildren(...this.#options.map((option) => {
      const element = document.createElement("kat-option");
      element.setAttribute("value", option.value);
      element.setAttribute("role", "option");
      if (option.value === this.#value) element.setAttribute("selected", "");
      element.textContent = option.name;
      return element;
    }));
  }
}

class KatDropdownButton extends HTMLElement {
  // The menu's shadow root comes only when the page calls attach(), as on the live page.
  attach(label, actions) {
    const root = shadow(this, `<style>
      :host { position: relative; display: inline-block; }
      .header { border-color: #d6d3d1; background: #fff; }
      .menu { position: absolute; right: 0; z-index: 4; background: #fff; border: 1px solid #d6d3d1; border-radius: 8px; padding: 4px;
        box-shadow: 0 8px 24px rgb(0 0 0 / .12); }
      .menu button { display: block; width: 100%; text-align: left; }
      .menu button:hover { background: #eef2ff; }
      .menu[hidden] { display: none; }
    </style><button type="button" class="header" aria-haspopup="menu"></button><div class="menu" role="menu" hidden></div>`);
    const header = root.querySelector(".header");
    const menu = root.querySelector(".menu");
    header.textContent = label;
    header.append(" ▾");
    header.addEventListener("click", () => { menu.hidden = !menu.hidden; });
    for (const action of actions) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.action = action.slug;
      button.setAttribute("role", "menuitem");
      button.textContent = action.label;
      button.addEventListener("click", () => {
        menu.hidden = true;
        this.dispatchEvent(new CustomEvent("action", { detail: action.slug }));
      });
      menu.append(button);
    }
  }
}

customElements.define("kat-link", KatLink);
customElements.define("kat-star-rating", KatStarRating);
customElements.define("kat-button", KatButton);
customElements.define("kat-dropdown", KatDropdown);
customElements.define("kat-dropdown-button", KatDropdownButton);

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function boot() {
  return JSON.parse(document.getElementById("boot").textContent);
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function fetchRows(page, tab = "all") {
  const answer = await fetch(`/stand-in/rows?page=${page}&tab=${tab}`);
  if (answer.status === 401) { location.href = "/ap/signin"; return null; }
  return answer.ok ? answer.json() : null;
}

export async function postRemoval(token, request) {
  const answer = await fetch("/stand-in/removal", {
    method: "POST",
    headers: { "content-type": "application/json", "x-stand-in-token": token },
    body: JSON.stringify(request),
  });
  if (answer.status === 401) { location.href = "/ap/signin"; }
  return { ok: answer.ok, ...(await answer.json()) };
}
