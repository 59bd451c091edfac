// The page's life: who is acting, which room is open, what is newer, and what the hands do.

import { blocks } from "/tryout/static/blocks.js";
import { drawDesk } from "/tryout/static/desk.js";
import { drawHome } from "/tryout/static/home.js";
import { date, el, mrkdwn, textObject } from "/tryout/static/text.js";
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
      if (screen.desk) await drawDesk(send);
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

// --- drawing ------------------------------------------------------------------------------------------------------------

function draw() {
  $("team").textContent = screen.team;
  $("note").textContent = screen.note;
  if (!screen.channels.some((c) => c.id === open.room) && open.room !== "home") open.room = screen.channels[0]?.id;
  look(screen, open.room);
  $("actor").replaceChildren(...screen.actors.map((id) => {
    const news = id === me ? 0 : screen.channels.reduce((sum, c) => sum + unread(screen, id, c), 0);
    return el("option", { value: id, selected: id === me }, screen.people[id].real_name + (news ? ` (${news} new)` : ""));
  }));
  const reader = screen.people[me];
  $("actor-note").textContent = `Slack in ${reader.locale.startsWith("ja") ? "Japanese" : "English"}, ${reader.tz}`;
  drawTries();
  drawRooms();
  drawRoom();
  drawThread();
  drawForm();
}

function drawRooms() {
  const room = (id, words, unread) => el("li", {}, el("button", {
    class: id === open.room ? "room here" : "room", "aria-current": id === open.room ? "page" : null,
    onclick: async () => {
      open.room = id;
      open.thread = null;
      toEnd = true;
      draw();
      if (id === "home") await send("home", {});
    },
  }, words, unread ? el("span", { class: "count" }, String(unread)) : null));
  $("rooms").replaceChildren(
    ...screen.channels.map((c) => room(c.id, c.kind === "im" ? c.name : `${c.kind === "groups" ? "🔒" : "#"} ${c.name}`, unread(screen, me, c))),
    ...(screen.has_home ? [room("home", `⌂ ${screen.people[screen.bot].real_name} · Home`)] : []));
}

function drawTries() {
  if ($("tries").childElementCount || !screen.tries.length) return;
  $("tries-head").hidden = false;
  $("tries").replaceChildren(...screen.tries.map((one) => el("li", {}, tryIt(one.text), el("p", { class: "note" }, one.why))));
}

function tryIt(text) {
  return el("button", {
    type: "button", class: "try", title: "Write it into the line below", onclick: () => {
      $("line").value = `${screen.command} ${text}`;
      $("line").focus();
    },
  }, text);
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
  log.replaceChildren(...(shown.length ? shown.flatMap((m) => [
    ...(m.ts === first ? [el("p", { class: "new" }, el("span", {}, "New"))] : []), drawMessage(m, channel, true)]) : [welcome()]));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function welcome() {
  return el("div", { class: "welcome" }, el("h3", {}, "Start here"),
    el("ol", {},
      el("li", {}, "Add a sending domain: type ", el("code", {}, `${screen.command} add sales.xyzcorp.com`), " below."),
      el("li", {}, "Publish its two records at the DNS desk."),
      el("li", {}, "Ask for approval, then act as somebody else and approve."),
      el("li", {}, "Wait for the two hours to pass.")));
}

function drawMessage(message, channel, withThread) {
  const who = screen.people[message.user] ?? { real_name: message.user };
  const act = (press) => send("click", { channel: message.channel, ts: message.ts, ...press });
  const replies = channel.messages.filter((m) => m.thread_ts === message.ts);
  const seconds = Math.floor(Number(message.ts));
  const body = message.blocks.length ? blocks(message.blocks, { screen, act, values: new Map() }) : mrkdwn(message.text, screen);
  return el("article", { class: message.private ? "message private" : "message", "data-ts": message.ts },
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
  drawThread();
  $("thread-log").scrollTop = $("thread-log").scrollHeight;
  $("reply").focus();
}

function drawThread() {
  const channel = screen.channels.find((c) => c.id === open.room);
  $("thread").hidden = !open.thread || !channel;
  if ($("thread").hidden) return;
  const log = $("thread-log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const shown = channel.messages.filter((m) => !m.private && (m.ts === open.thread || m.thread_ts === open.thread));
  log.replaceChildren(...shown.map((m) => drawMessage(m, channel, false)));
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
  el("h2", {}, textObject(title, screen)),
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
    place = history.push(text);
    toEnd = true;
    await send("say", { channel: open.room, text, thread_ts: thread() });
  };
}

$("composer").addEventListener("submit", typed($("line"), () => undefined));
$("replier").addEventListener("submit", typed($("reply"), () => open.thread));
$("thread-close").addEventListener("click", () => { open.thread = null; drawThread(); });
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
    ? `${screen.command} add · check · activate · status · list · remove · help` : "";
});

follow();
