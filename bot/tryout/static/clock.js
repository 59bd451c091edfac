// The clock: the bot's time, how fast it passes, what happens next, and skipping to it.

import { keep } from "/tryout/static/keep.js";
import { el } from "/tryout/static/text.js";

const $ = (id) => document.getElementById(id);
let shown = null; // what the try-out said last
let received = 0; // and when, on this page's own clock
let reader = null;
let quiet = 0; // the timer that takes away what was said about the last skip

const now = () => shown.now + (performance.now() - received) * shown.pace;

export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}

export function drawClock(answer, screen, send) {
  reader = screen.people[screen.me];
  shown = answer;
  received = performance.now();
  $("clock").hidden = false;
  const act = async (action, wish) => {
    const next = await send(`panel/clock/${action}`, wish);
    if (next) drawClock(next, screen, send);
    return next;
  };
  keep($("clock-paces"), shown.paces.map(({ pace, label }) => [pace, `${pace === shown.pace} ${screen.me}`, () => el("button", {
    type: "button", "aria-pressed": String(pace === shown.pace), "aria-label": `${pace}×: ${label}`, title: label,
    onclick: () => act("pace", { pace }),
  }, `${pace}×`)]));
  const named = shown.paces.find(({ pace }) => pace === shown.pace)?.label;
  $("clock-pace").textContent = named ?? `${shown.pace} times as fast`;
  const skip = async (at) => {
    $("clock-said").textContent = "Skipping…";
    const { skipped } = (await act("skip", { at })) ?? {};
    $("clock-said").textContent = skipped ? `${span(skipped.seconds * 1000)} later: ${skipped.what}.` : "Nothing is due.";
    clearTimeout(quiet);
    quiet = setTimeout(() => { $("clock-said").textContent = ""; }, 8000);
  };
  $("clock-skip").onclick = () => skip(shown.next[0]?.at);
  $("clock-skip").setAttribute("aria-disabled", String(!shown.next.length));
  $("clock-more").hidden = shown.next.length < 2;
  // A row is known by what it says, so that the keyboard stays on it while time passes.
  const later = new Map(shown.next.map((row) => [row.what, row]).reverse());
  const at = (what) => shown.next.find((row) => row.what === what)?.at;
  keep($("clock-rows"), [...later.keys()].reverse().map((what) => [what, "", () => el("li", {},
    el("span", {}, el("span", { class: "in" }), what),
    el("button", { type: "button", "aria-label": `Skip to ${what}`, onclick: () => { fold(); skip(at(what)); } }, "Skip"))]));
  tick();
}

function fold() {
  $("clock-more").open = false;
  $("clock-more").querySelector("summary").focus();
}

$("clock-more").addEventListener("keydown", (event) => { if (event.key === "Escape") fold(); });

// The hands of the clock, between two answers of the try-out.
export function tick() {
  if (!shown) return;
  const at = now();
  $("clock-time").textContent = new Intl.DateTimeFormat("en-GB", {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: reader.tz,
  }).format(at);
  $("clock-zone").textContent = reader.tz;
  const next = shown.next[0];
  $("clock-next").textContent = next ? `In ${span(next.at - at)}: ${next.what}.` : "Nothing is due yet.";
  for (const row of $("clock-rows").children) {
    const due = shown.next.find(({ what }) => what === row.dataset.key);
    if (due) row.querySelector(".in").textContent = `In ${span(due.at - at)}: `;
  }
}
