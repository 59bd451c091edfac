// The DNS desk: what stands in the zone, what each server answers right now, and every way to get it wrong.

import { keep } from "/tryout/static/keep.js";
import { el } from "/tryout/static/text.js";

const $ = (id) => document.getElementById(id);
let listed = ""; // the language the mistakes are listed in
let mistakes = new Map();
export let chosen = ""; // the domain the person chose here

export function drawDesk(shown, send) {
  const act = async (action, wish = {}) => {
    const answer = await send(`panel/desk/${action}`, { domain: shown.domain, ...wish });
    if (!answer) return;
    drawDesk(answer, send);
    $("desk-said").textContent = said(action, wish, answer);
  };
  $("desk").hidden = false;
  $("desk-none").hidden = shown.domain !== null;
  $("desk-tools").hidden = shown.domain === null;
  if (shown.domain === null) return;
  if (!shown.domains.includes(chosen)) chosen = "";
  $("desk-choice").hidden = shown.domains.length < 2;
  keep($("desk-domain"), shown.domains.map((name) => [name, name, () => el("option", { value: name }, name)]));
  $("desk-domain").value = shown.domain;
  $("desk-domain").onchange = () => { chosen = $("desk-domain").value; };
  keep($("desk-records"), shown.records.map((r) => [r.type, JSON.stringify(r), () => el("li", {},
    el("strong", {}, r.type), " ", el("code", { class: "value", title: r.host }, r.host), " ", state(r))]));
  $("desk-publish").onclick = () => act("publish");
  $("desk-remove").onclick = () => act("remove");
  drawMistakes(shown);
  $("desk-make").onclick = () => act("mistake", { code: $("desk-mistake").value });
  keep($("desk-answers"), shown.answers.map((one) => [one.name, JSON.stringify(one), () => answerer(one, act)]));
  $("desk-zone").textContent = `The whole zone ${shown.zone}`;
  keep($("desk-entries"), shown.entries.map((e) => [`${e.host} ${e.type} ${e.value}`, String(e.right), () => el("tr", {},
    el("td", {}, e.host), el("td", {}, e.type), el("td", {}, el("code", { class: "value", title: e.value }, e.value), e.right ? mark("right", "✓ right") : null))]));
}

function said(action, wish, shown) {
  switch (action) {
    case "publish": return `The right records of ${shown.domain} are published.`;
    case "remove": return `The records of ${shown.domain} are removed.`;
    case "mistake": return `Published with a mistake: ${shown.made?.name}.`;
    case "down": return `${wish.server} is down.`;
    case "up": return `${wish.server} is up again.`;
    case "lag": return `${wish.server} keeps the zone as it is now.`;
    default: return `${wish.server} has the new zone.`;
  }
}

function state(record) {
  if (!record.published) return mark("nothing", "not published");
  return record.right ? mark("right", "✓ published") : mark("other", "✗ published wrongly");
}

export function mark(mood, words) {
  return el("span", { class: `mark ${mood}` }, words);
}

function drawMistakes(shown) {
  if (listed !== shown.language) {
    listed = shown.language;
    mistakes = new Map(shown.groups.flatMap((group) => group.mistakes.map((one) => [one.code, one])));
    const kept = $("desk-mistake").value;
    $("desk-mistake").lang = $("desk-did").lang = $("desk-made").lang = listed;
    $("desk-mistake").replaceChildren(...shown.groups.map((group) => el("optgroup", { label: group.label },
      group.mistakes.map((one) => el("option", { value: one.code }, one.name)))));
    $("desk-mistake").value = kept || "DUPLICATED_ZONE";
    $("desk-mistake").onchange = describe;
    describe();
  }
  $("desk-made").hidden = shown.made === null;
  $("desk-made").textContent = shown.made ? `${shown.made.name}: ${shown.made.did}` : "";
}

function describe() {
  $("desk-did").textContent = mistakes.get($("desk-mistake").value)?.did ?? "";
}

function answerer(one, act) {
  const button = (action, words) => el("button", {
    type: "button", "aria-label": `${words}: ${one.name}`, onclick: () => act(action, { server: one.name }),
  }, words);
  return el("li", {},
    el("p", { class: "who" }, el("strong", {}, one.name), el("span", { class: "note" }, one.server ? "" : "public resolver"),
      one.down ? mark("silent", "down") : null, one.lags ? mark("other", "lags") : null),
    el("ul", { class: "said" }, one.said.map((s) => el("li", {}, el("span", { class: "type" }, s.type), " ",
      s.mood === "right" ? mark("right", "✓ right") : s.values.length ? mark("other", "other") : mark(s.mood, s.said),
      s.mood === "right" ? null : s.values.map((value) => el("code", { class: "value", title: value }, value))))),
    one.server ? el("div", { class: "buttons" }, one.down ? button("up", "Up again") : button("down", "Take down"),
      one.lags ? button("catch_up", "Catch up") : button("lag", "Let it lag")) : null);
}
