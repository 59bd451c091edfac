// The app's Home tab: the view the app has published for whoever is acting, and what is pressed on it.

import { blocks } from "/tryout/static/blocks.js";
import { el } from "/tryout/static/text.js";

const tab = document.getElementById("home");
const said = document.getElementById("home-said"); // what a screen reader is told after a press
let shown = null; // which view is drawn, for whom
let focused = null; // the name of what has the focus on the tab, or had it until its button was drawn anew

const name = (node) => node.getAttribute("aria-label") ?? node.textContent;

document.addEventListener("focusin", ({ target }) => {
  if (!target.closest("dialog")) focused = tab.contains(target) && target !== tab ? name(target) : null;
});

const texts = () => [...tab.querySelectorAll(".b-section")].map((section) => section.textContent);

// Shows or hides the tab. `send` carries an act to the simulated Slack; a view that is drawn already stays as it is.
export function drawHome(open, screen, send) {
  tab.hidden = !open;
  document.getElementById("log").hidden = open;
  const view = open ? screen.home : null;
  const key = open ? `${screen.me} ${view?.id} ${view?.hash}` : null;
  if (key === shown) return;
  const again = shown?.startsWith(`${screen.me} ${view?.id} `);
  shown = key;
  if (!open) return;
  const before = focused;
  const old = new Set(again ? texts() : []);
  const act = (press) => send("click", { view_id: view.id, ...press });
  tab.replaceChildren(...(view ? blocks(view.view.blocks, { screen, act, values: new Map() })
    : [el("p", { class: "note" }, "Nothing here yet.")]));
  said.textContent = again ? texts().find((text) => !old.has(text)) ?? "" : "";
  if (before === null) return;
  const same = [...tab.querySelectorAll("button")].find((button) => name(button) === before);
  (same ?? tab).focus(); // a button that is gone leaves the reader on the tab, not at the top of the page
}
