// The DNS desk: what stands in the domain's zone, and buttons that change it.

import { el } from "/tryout/static/text.js";

const $ = (id) => document.getElementById(id);
let drawn = null;

export async function drawDesk(send) {
  const answer = await fetch("/tryout/desk");
  if (!answer.ok) return;
  const text = await answer.text();
  if (text === drawn) return;
  drawn = text;
  const shown = JSON.parse(text);
  $("desk").hidden = false;
  $("desk-name").textContent = shown.name;
  $("desk-domains").textContent = shown.records.length ? "" : "No domain yet. Add one, and its records can be published here.";
  $("desk-domains").hidden = shown.records.length > 0;
  $("desk-records").replaceChildren(...shown.records.map((r) => el("div", { class: "record" },
    el("p", {}, el("strong", {}, r.type), " ", state(r)),
    el("code", { class: "value" }, r.host),
    ...(r.found ?? []).map((value) => el("code", { class: "value", title: value }, value)))));
  $("desk-actions").replaceChildren(...Object.entries(shown.actions).map(([action, words]) => el("button", {
    class: action === "publish" ? "primary" : "", disabled: !shown.records.length,
    onclick: async () => {
      await send(`desk/${encodeURIComponent(action)}`, {});
      await drawDesk(send);
    },
  }, words)));
}

function state(record) {
  if (!record.published) return el("span", { class: "state" }, "not published");
  return record.right === false ? el("span", { class: "state bad" }, "published wrongly") : el("span", { class: "state good" }, "published");
}
