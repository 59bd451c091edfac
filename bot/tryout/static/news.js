// What a screen reader says by itself: each new message of the room on the screen, once.

import { el, mrkdwn } from "/tryout/static/text.js";

const AT_ONCE = 5; // older announcements are dropped
let heard = {}; // by "person room": the ts up to which everything has been said

export function announce(screen, channel) {
  const key = `${screen.me} ${channel.id}`;
  const last = channel.messages.at(-1)?.ts ?? "0";
  const since = heard[key];
  heard = { [key]: last };
  if (since === undefined) return;
  const region = document.getElementById("news");
  for (const message of channel.messages.filter((m) => m.ts > since && m.user !== screen.me)) {
    const who = screen.people[message.user]?.real_name ?? message.user;
    const what = message.private ? "only visible to you" : message.thread_ts ? "in a thread" : "";
    region.append(el("p", {}, `${who}${what ? `, ${what}` : ""}: `, mrkdwn(message.text, screen)));
  }
  while (region.childElementCount > AT_ONCE) region.firstElementChild.remove();
}
