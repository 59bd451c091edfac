// What a newcomer sees first: where to start, and commands worth typing.

import { SMALL, show } from "/tryout/static/small.js";
import { el } from "/tryout/static/text.js";

const $ = (id) => document.getElementById(id);

export function drawTries(screen) {
  if ($("tries").childElementCount || !screen.tries.length) return;
  $("tries-box").hidden = false;
  $("tries").replaceChildren(...screen.tries.map(({ text, why }) => el("li", {}, tryIt(`${screen.command} ${text}`, text), el("p", { class: "note" }, why))));
}

function tryIt(line, words) {
  return el("button", {
    type: "button", class: "try", title: "Write it into the line below", onclick: () => {
      show("room");
      if (SMALL.matches) $("tries-box").open = false;
      $("line").value = line;
      $("line").focus();
    },
  }, words);
}

export function welcome(screen) {
  return el("div", { class: "welcome" }, el("h3", {}, "Start here"),
    el("ol", {},
      el("li", {}, "Add a sending domain: type ", el("code", {}, `${screen.command} add sales.xyzcorp.com`), " below."),
      el("li", {}, "Publish its two records at the DNS desk, or make a mistake first and see what the bot says."),
      el("li", {}, "Ask for approval, then act as somebody else and approve."),
      el("li", {}, "Wait for the two hours to pass, or skip to what happens next.")));
}
