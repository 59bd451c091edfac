// Genesys Cloud: what the org has, what somebody does there behind the bot's back, and what it tells the bot instead.

import { keep } from "/tryout/static/keep.js";
import { mark } from "/tryout/static/desk.js";
import { el } from "/tryout/static/text.js";

const $ = (id) => document.getElementById(id);

const STAGES = { // what an administrator reads; its mood
  preparing: ["being made", "nothing"], pending: ["not activated", "nothing"], provisioned: ["✓ active", "right"],
  deprovisioned: ["✗ deactivated", "other"], deleted: ["✗ deleted", "other"],
};

export function drawOrg(shown, send) {
  const act = async (action, wish, said) => {
    const answer = await send(`panel/org/${action}`, wish);
    if (!answer) return;
    drawOrg(answer, send);
    $("org-said").textContent = said;
  };
  $("org").hidden = $("tabs").hidden = $("show-org").hidden = false;
  const [home] = shown.orgs;
  const here = shown.orgs.find(({ id }) => id === shown.org);
  const other = shown.orgs.find(({ id }) => id !== shown.org);
  $("org-now").replaceChildren("The bot is connected to the org ", el("strong", {}, here.name), ". ",
    here === home ? "" : mark("other", "another org"), " ", shown.reachable ? "" : mark("silent", "no answer"));
  keep($("org-tools"), [
    ["org", shown.org, () => button(here === home ? "Connect to another org" : `Back to ${home.name}`,
      () => act("connect", { org: other.id }, `Connected to ${other.name}.`))],
    ["line", String(shown.reachable), () => (shown.reachable ? button("Make unreachable", () => act("down", {}, "Nothing answers any more."))
      : button("Reachable again", () => act("up", {}, "It answers again.")))],
  ]);
  $("org-none").hidden = shown.domains.length > 0;
  keep($("org-domains"), shown.domains.map((one) => [one.name, JSON.stringify(one), () => domain(one, act)]));
}

function button(words, onclick, of = "") {
  return el("button", { type: "button", "aria-label": of ? `${words}: ${of}` : null, onclick }, words);
}

function domain(one, act) {
  const press = (words, action, said) => button(words, () => act(action, { domain: one.name }, said), one.name);
  const [words, mood] = STAGES[one.stage];
  const title = el("p", { class: "who" }, el("strong", {}, one.name), mark(mood, words),
    one.hidden ? mark("other", "the bot is told “not found”") : null);
  if (one.stage === "deleted") {
    return el("li", { tabindex: "-1" }, title, el("div", { class: "buttons" }, press("Bring it back", "bring_back", `${one.name} is there again, with the same records.`)));
  }
  const on = one.campaigns.some((campaign) => campaign.on);
  return el("li", { tabindex: "-1" }, title,
    el("p", { class: "note" }, `${one.verified} of 2 records verified`),
    one.campaigns.map((campaign) => el("p", { class: "note" }, `Campaign “${campaign.name}”: `,
      mark(campaign.on ? "right" : "nothing", campaign.on ? "on" : "off"))),
    el("div", { class: "buttons" },
      press("Delete", "delete", `${one.name} is deleted.`),
      one.stage === "provisioned" ? press("Deactivate", "deprovision", `${one.name} is deactivated.`)
        : press("Activate", "provision", `${one.name} is active.`),
      on ? press("Stop campaign", "campaign_off", `No campaign sends from ${one.name}.`)
        : press("Start campaign", "campaign_on", `A campaign sends from ${one.name}.`),
      one.hidden ? press("Let it be found", "unhide", `The bot is told of ${one.name} again.`)
        : press("Say “not found”", "hide", `The bot is told that ${one.name} is not found.`)));
}
