// The page's life: who is acting, which room is open, what is newer, and what the hands do.

import { blocks } from "/tryout/static/blocks.js";
import { drawClock, tick } from "/tryout/static/clock.js";
import { chosen, drawDesk } from "/tryout/static/desk.js";
import { drawHome } from "/tryout/static/home.js";
import { keep } from "/tryout/static/keep.js";
import { announce } from "/tryout/static/news.js";
import { SMALL, show } from "/tryout/static/small.js";
import { drawOrg } from "/tryout/static/org.js";
import { date, day, el, mrkdwn, textObject } from "/tryout/static/text.js";
import { drawTries, welcome } from "/tryout/static/tries.js";
import { fresh, look, unread } from "/tryout/static/unread.js";

const $ = (id) => document.getElementById(id);
const open = { room: null, thread: null, form: null };
let screen = null;
let me = sessionStorage.getItem("actor") ?? "";
let toEnd = true; // of the log, at the next drawing

async function send(path, body) {
  const answer = await fetch(`/tryout/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: me, ...body }),
  });
  return answer.ok ? answer.json() : null;
}

// --- the loop -----------------------------------------------------------------------------------------------------------

let asked = 0;

async function follow() {
  for (;;) {
    const mine = ++asked;
    const since = screen && screen.me === me ? `&since=${screen.version}` : "";
    try {
      const answer = await fetch(`/tryout/state?as=${encodeURIComponent(me)}${since}`, { signal: AbortSignal.timeout(30000) });
      const state = await answer.json();
      $("offline").hidden = true;
      if (mine !== asked || (me && state.me !== me && state.people[me])) continue;
      screen = state;
      me = screen.me;
      draw();
      await panels();
    } catch {
      $("offline").hidden = false;
      screen = null;
      await new Promise((resolve) => { setTimeout(resolve, 1500); });
    }
  }
}

async function refresh() {
  asked += 1;
  screen = await (await fetch(`/tryout/state?as=${encodeURIComponent(me)}`)).json();
  draw();
}

// The clock and the desks change without a message: they are looked at every second, too.
async function panels() {
  const paints = { clock: (answer) => drawClock(answer, screen, send), desk: (answer) => drawDesk(answer, send), org: (answer) => drawOrg(answer, send) };
  for (const [name, paint] of Object.entries(paints)) {
    if (!screen?.panels.includes(name)) continue;
    const mine = me;
    const answer = await fetch(`/tryout/panel/${name}?as=${encodeURIComponent(me)}&domain=${encodeURIComponent(chosen)}`);
    if (answer.ok && mine === me) paint(await answer.json());
  }
}

setInterval(() => { if (screen && !document.hidden) panels().catch(() => {}); }, 1000); // `follow` says when nobody is there
setInterval(() => { if (screen) tick(); }, 250);

// --- drawing ------------------------------------------------------------------------------------------------------------

function draw() {
  $("team").textContent = screen.team;
  if (!screen.channels.some((c) => c.id === open.room) && open.room !== "home") open.room = screen.channels[0]?.id;
  look(screen, open.room);
  keep($("actor"), screen.actors.map((id) => {
    const news = id === me ? 0 : screen.channels.reduce((sum, c) => sum + unread(screen, id, c), 0);
    const { real_name: name, admin } = screen.people[id];
    const words = `${name}${admin ? " · admin" : ""}${news ? ` (${news} new)` : ""}`;
    return [id, words, () => el("option", { value: id }, words)];
  }));
  $("actor").value = me;
  const reader = screen.people[me];
  $("actor-note").textContent = `Slack in ${reader.locale.startsWith("ja") ? "Japanese" : "English"}, ${reader.tz}`
    + (reader.admin ? ". Admin, and so an operator of the bot: may import and hold." : "");
  drawTries(screen);
  drawRooms();
  drawRoom();
  drawThread();
  drawForm();
}

function drawRooms() {
  const room = (id, words, unread) => [id, `${id === open.room} ${words} ${unread}`, () => el("li", {}, el("button", {
    class: id === open.room ? "room here" : "room", "aria-current": id === open.room ? "page" : null,
    onclick: async () => {
      open.room = id;
      open.thread = null;
      toEnd = true;
      show("room");
      draw();
      if (id === "home") await send("home", {});
    },
  }, words, unread ? el("span", { class: "count" }, String(unread), el("span", { class: "sr" }, " unread")) : null))];
  keep($("rooms"), [
    ...screen.channels.map((c) => room(c.id, c.kind === "im" ? c.name : `${c.kind === "groups" ? "🔒" : "#"} ${c.name}`, unread(screen, me, c))),
    ...(screen.has_home ? [room("home", `⌂ ${screen.people[screen.bot].real_name} · Home`)] : []),
  ]);
}

function drawRoom() {
  const home = open.room === "home";
  const channel = screen.channels.find((c) => c.id === open.room);
  $("composer").hidden = $("hints").hidden = home;
  $("room-name").textContent = home ? "Home" : channel.kind === "im" ? channel.name : `# ${channel.name}`;
  $("room-note").textContent = home ? "" : channel.archived ? "archived" : `${channel.members} members`;
  $("line").placeholder = `Message, or ${screen.command} help`;
  const log = $("log");
  const atEnd = toEnd || log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  toEnd = false;
  drawHome(home, screen, send);
  if (home) return;
  const shown = channel.messages.filter((m) => !m.thread_ts || m.broadcast || m.private);
  const first = fresh(screen, channel);
  keep(log, shown.length ? shown.flatMap((m) => [
    ...(m.ts === first ? [["new", first, () => el("p", { class: "new" }, el("span", {}, "New"))]] : []),
    entry(m, channel, true),
  ]) : [["welcome", "", () => welcome(screen)]]);
  announce(screen, channel);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// A message as `keep` wants it: it is drawn anew when it, its replies, its reader or the day has changed.
function entry(message, channel, withThread) {
  const replies = withThread ? channel.messages.filter((m) => m.thread_ts === message.ts).length : 0;
  const stamp = JSON.stringify([message, replies, screen.me, day(screen.now, screen.people[screen.me].tz)]);
  return [`${screen.me} ${message.ts}`, stamp, () => drawMessage(message, channel, withThread)];
}

function drawMessage(message, channel, withThread) {
  const who = screen.people[message.user] ?? { real_name: message.user };
  const act = (press) => send("click", { channel: message.channel, ts: message.ts, ...press });
  const replies = channel.messages.filter((m) => m.thread_ts === message.ts);
  const seconds = Math.floor(Number(message.ts));
  const body = message.blocks.length ? blocks(message.blocks, { screen, act, values: new Map() }) : mrkdwn(message.text, screen);
  return el("article", { class: message.private ? "message private" : "message", "data-ts": message.ts, tabindex: "-1" },
    el("div", { class: `face ${who.bot ? "bot" : ""}`, "aria-hidden": "true" }, [...who.real_name][0].toUpperCase()),
    el("div", { class: "said" },
      message.private ? el("p", { class: "only" }, "Only visible to you · ",
        el("button", { class: "plain", onclick: () => send("dismiss", { channel: message.channel, ts: message.ts }) }, "Dismiss")) : null,
      message.broadcast ? el("p", { class: "only" }, "replied to a thread") : null,
      el("p", { class: "who" }, el("strong", {}, who.real_name), who.bot ? el("span", { class: "app" }, "APP") : null,
        el("span", { class: "note" }, date(seconds, "{date_short_pretty} {time}", screen)), message.edited ? el("span", { class: "note" }, "(edited)") : null),
      el("div", { class: "words" }, body),
      withThread && !message.private ? el("button", { class: "plain replies", onclick: () => openThread(message) },
        replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "Reply in thread") : null));
}

function openThread(message) {
  open.thread = message.thread_ts ?? message.ts;
  open.from = message.ts;
  drawThread();
  $("thread-log").scrollTop = $("thread-log").scrollHeight;
  $("reply").focus();
}

function closeThread() {
  open.thread = null;
  drawThread();
  ($("log").querySelector(`[data-ts="${open.from}"] .replies`) ?? $("line")).focus();
}

function drawThread() {
  const channel = screen.channels.find((c) => c.id === open.room);
  $("thread").hidden = !open.thread || !channel;
  if ($("thread").hidden) return;
  const log = $("thread-log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const shown = channel.messages.filter((m) => !m.private && (m.ts === open.thread || m.thread_ts === open.thread));
  keep(log, shown.map((m) => entry(m, channel, false)));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// --- forms --------------------------------------------------------------------------------------------------------------

function drawForm() {
  const dialog = $("form");
  const view = screen.view;
  const key = view && `${view.id} ${view.hash}`;
  if (key !== open.form) {
    open.form = key;
    if (dialog.open) dialog.close();
    if (view) fill(dialog, view);
  }
  if (!view) return;
  for (const line of dialog.querySelectorAll("[data-error]")) line.textContent = view.errors[line.dataset.error] ?? "";
}

function fill(dialog, view) {
  const values = new Map();
  const all = () => Object.fromEntries([...values].map(([block, read]) => [block, read()]));
  const act = (press) => send("click", { view_id: view.id, values: all(), ...press });
  const { title, submit, close } = view.view;
  dialog.replaceChildren(el("form", {
    method: "dialog", onsubmit: async (event) => {
      event.preventDefault();
      await send("submit", { view_id: view.id, values: all() });
    },
  },
  el("h2", { id: "form-title" }, textObject(title, screen)),
  el("div", { class: "dialog-body" }, blocks(view.view.blocks, { screen, act, values })),
  el("p", { class: "error", "data-error": "", role: "alert" }),
  el("div", { class: "buttons end" },
    el("button", { type: "button", onclick: () => send("close", { view_id: view.id }) }, close ? textObject(close, screen) : "Cancel"),
    submit ? el("button", { class: "primary" }, textObject(submit, screen)) : null)));
  dialog.oncancel = (event) => {
    event.preventDefault();
    send("close", { view_id: view.id });
  };
  dialog.showModal();
}

// --- the hands ----------------------------------------------------------------------------------------------------------

const history = [];
let place = 0;

function typed(input, thread) {
  return async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    $("hints").textContent = "";
    place = history.push(text);
    toEnd = true;
    await send("say", { channel: open.room, text, thread_ts: thread() });
  };
}

$("composer").addEventListener("submit", typed($("line"), () => undefined));
$("replier").addEventListener("submit", typed($("reply"), () => open.thread));
$("thread-close").addEventListener("click", closeThread);
$("thread").addEventListener("keydown", (event) => { if (event.key === "Escape") closeThread(); });
// As in Slack, a slash begins a command wherever the keyboard is.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  show("room");
  $("line").value = "/";
  $("line").focus();
});
// The browser gives the focus back to what opened a dialog; where that is gone by now, to the line.
for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", () => {
  setTimeout(() => { if (document.activeElement === document.body) $("line").focus(); });
});
if (SMALL.matches) $("tries-box").open = false;
$("actor").addEventListener("change", async () => {
  me = $("actor").value;
  sessionStorage.setItem("actor", me);
  toEnd = true;
  await refresh();
  if (open.room === "home") await send("home", {});
});
$("line").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  place = Math.min(history.length, Math.max(0, place + (event.key === "ArrowUp" ? -1 : 1)));
  $("line").value = history[place] ?? "";
});
$("line").addEventListener("input", () => {
  const text = $("line").value;
  $("hints").textContent = screen && text.startsWith("/") && screen.command.startsWith(text.split(" ")[0])
    ? `${screen.command} add · check · activate · status · list · remove · import · help` : "";
});

follow();
