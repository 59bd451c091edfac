// What each person has not read yet: kept in this browser tab, in the order of messages.

const seen = JSON.parse(sessionStorage.getItem("seen") ?? "{}"); // {person: {room: ts of the last message read}}
let here = ""; // who is where: "person room"
let first; // the first message this person had not read when they came here

const read = (person, channel) => seen[person]?.[channel.id] ?? "";
const public_ = (channel, person) => channel.messages.filter((m) => !m.private && (!m.thread_ts || m.broadcast) && m.user !== person);

// Called before each drawing: the room on the screen is read. What was there before the page was opened is read, too.
export function look(screen, room) {
  const last = (channel) => channel.messages.filter((m) => !m.private).at(-1)?.ts ?? "0";
  for (const person of screen.actors)
    for (const channel of screen.channels) ((seen[person] ??= {})[channel.id] ??= last(channel));
  const channel = screen.channels.find((c) => c.id === room);
  if (channel) {
    if (here !== `${screen.me} ${room}`) {
      here = `${screen.me} ${room}`;
      first = public_(channel, screen.me).find((m) => m.ts > read(screen.me, channel))?.ts;
    }
    seen[screen.me][room] = last(channel);
  }
  sessionStorage.setItem("seen", JSON.stringify(seen));
}

export function unread(screen, person, channel) {
  return public_(channel, person).filter((m) => m.ts > read(person, channel)).length;
}

// The ts of the first message this person had not read when they came to this room.
export function fresh(screen, channel) {
  return here === `${screen.me} ${channel.id}` ? first : undefined;
}
