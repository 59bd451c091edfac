// Slack's text as DOM nodes: mrkdwn, mentions, dates in the reader's zone, rich text. Nothing here is ever HTML.

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  tada: "🎉", eyes: "👀", rotating_light: "🚨", email: "✉️", lock: "🔒", mag: "🔍", clock3: "🕒", bell: "🔔",
  information_source: "ℹ️", no_entry: "⛔", large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴",
  white_circle: "⚪", arrow_right: "➡️", pencil2: "✏️", wastebasket: "🗑️", stopwatch: "⏱️", key: "🔑",
};

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function emoji(name) {
  return EMOJI[name] ?? `:${name}:`;
}

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

// --- dates ------------------------------------------------------------------------------------------------------------

export function day(ms, zone) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(ms);
}

function pretty(ms, screen, style, reader) {
  const japanese = reader.locale.startsWith("ja");
  const away = Math.round((Date.parse(day(ms, reader.tz)) - Date.parse(day(screen.now, reader.tz))) / 86400000);
  const near = japanese ? { "-1": "昨日", 0: "今日", 1: "明日" } : { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  return near[away] ?? new Intl.DateTimeFormat(reader.locale, { ...style, timeZone: reader.tz }).format(ms);
}

export function date(seconds, format, screen) {
  const reader = screen.people[screen.me];
  const ms = Number(seconds) * 1000;
  const as = (style) => new Intl.DateTimeFormat(reader.locale, { ...style, timeZone: reader.tz }).format(ms);
  const long = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
  const middle = { year: "numeric", month: "long", day: "numeric" };
  const short = { year: "numeric", month: "short", day: "numeric" };
  const tokens = {
    date_num: () => day(ms, reader.tz),
    date: () => as(middle), date_short: () => as(short), date_long: () => as(long),
    date_pretty: () => pretty(ms, screen, middle, reader),
    date_short_pretty: () => pretty(ms, screen, short, reader),
    date_long_pretty: () => pretty(ms, screen, long, reader),
    time: () => as({ hour: "numeric", minute: "2-digit" }),
    time_secs: () => as({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
    ago: () => `${Math.max(0, Math.round((screen.now - ms) / 60000))} min ago`,
  };
  const words = format.replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.() ?? whole);
  return el("time", { datetime: new Date(ms).toISOString(), title: as({ dateStyle: "full", timeStyle: "long" }) }, words);
}

// --- mrkdwn -----------------------------------------------------------------------------------------------------------

function mention(kind, id, label, screen) {
  if (kind === "@") return el("span", { class: id === screen.me ? "mention me" : "mention" }, `@${screen.people[id]?.real_name ?? id}`);
  if (kind === "#") return el("span", { class: "mention" }, `#${screen.channels.find((c) => c.id === id)?.name ?? label ?? id}`);
  return el("span", { class: "mention" }, `@${screen.groups[id] ?? label ?? id}`);
}

export function link(url, label) {
  const safe = /^(https?:|mailto:)/i.test(url);
  return safe ? el("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, label) : document.createTextNode(label);
}

function angled(inside, screen) {
  const [target, label] = inside.split(/\|(.*)/s);
  const special = target.match(/^!date\^(\d+)\^([^^|]+)/);
  if (special) return date(special[1], unescape(special[2]), screen);
  if (target.startsWith("!subteam^")) return mention("!", target.slice(9), label, screen);
  if (target.startsWith("!")) return el("span", { class: "mention me" }, `@${target.slice(1)}`);
  if (target[0] === "@" || target[0] === "#") return mention(target[0], target.slice(1), label, screen);
  return link(unescape(target), unescape(label ?? target.replace(/^mailto:/, "")));
}

// A mark counts only between spaces or ASCII punctuation, as in Slack: *太字*です stays as it is typed.
const INLINE = /<([^<>\n]+)>|`([^`\n]+)`|:([a-z0-9_+-]+):|(?<![^\s([{"'.,:;!?>_*~-])([*_~])(\S(?:[^\n]*?\S)?)\4(?![^\s)\]}"'.,:;!?<_*~-])/g;

function inline(text, screen) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(unescape(text.slice(end, match.index)));
    end = match.index + match[0].length;
    if (match[1]) nodes.push(angled(match[1], screen));
    else if (match[2]) nodes.push(el("code", {}, unescape(match[2])));
    else if (match[3]) nodes.push(EMOJI[match[3]] ?? match[0]);
    else nodes.push(el({ "*": "strong", _: "em", "~": "s" }[match[4]], {}, inline(match[5], screen)));
  }
  nodes.push(unescape(text.slice(end)));
  return nodes;
}

function lines(text, screen) {
  return text.split("\n").flatMap((line, index) => {
    const quote = line.match(/^&gt; ?(.*)$/s);
    const body = quote ? el("blockquote", {}, inline(quote[1], screen)) : inline(line, screen);
    return [...(index && !quote ? [el("br")] : []), body].flat();
  });
}

export function mrkdwn(text, screen) {
  return text.split(/```\n?([\s\S]*?)\n?```/).flatMap((part, index) =>
    index % 2 ? [el("pre", {}, unescape(part))] : part ? lines(part, screen) : []);
}

export function textObject(object, screen) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, screen);
  return [object.emoji === false ? object.text : object.text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all)];
}

// --- rich text --------------------------------------------------------------------------------------------------------

function rich(element, screen) {
  const plain = {
    text: () => element.text,
    link: () => link(element.url, element.text ?? element.url),
    user: () => mention("@", element.user_id, null, screen),
    channel: () => mention("#", element.channel_id, null, screen),
    usergroup: () => mention("!", element.usergroup_id, null, screen),
    broadcast: () => el("span", { class: "mention me" }, `@${element.range}`),
    emoji: () => emoji(element.name),
    date: () => date(element.timestamp, element.format, screen),
  }[element.type];
  let node = plain ? plain() : "";
  for (const [style, tag] of [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"], ["underline", "u"]])
    if (element.style?.[style]) node = el(tag, {}, node);
  return node;
}

export function richText(block, screen) {
  const all = (elements) => elements.map((element) => rich(element, screen));
  return block.elements.map((part) => {
    switch (part.type) {
      case "rich_text_preformatted": return copyable(part.elements.map((e) => e.text ?? e.url ?? "").join(""));
      case "rich_text_quote": return el("blockquote", { class: "lines" }, all(part.elements));
      case "rich_text_list":
        return el(part.style === "ordered" ? "ol" : "ul", { class: `indent${part.indent ?? 0}`, start: (part.offset ?? 0) + 1 },
          part.elements.map((item) => el("li", {}, all(item.elements))));
      default: return el("div", { class: "lines" }, all(part.elements));
    }
  });
}

function copyable(text) {
  const button = el("button", {
    type: "button", class: "copy", onclick: async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    },
  }, "Copy");
  return el("div", { class: "pre" }, el("pre", {}, text), button);
}
