// Block Kit as DOM nodes: every block the bot uses. `act(press)` carries a press to the simulated Slack.

import { el, richText, textObject } from "/tryout/static/text.js";

const DRAW = {
  header: (block, at) => el("h3", { class: "b-header" }, textObject(block.text, at.screen)),
  divider: () => el("hr"),
  context: (block, at) => el("div", { class: "b-context" }, block.elements.map((element) =>
    el("span", {}, element.type === "image" ? `[${element.alt_text}]` : textObject(element, at.screen)))),
  section: (block, at) => el("div", { class: "b-section" },
    el("div", { class: "b-body" },
      block.text ? el("div", {}, textObject(block.text, at.screen)) : null,
      block.fields ? el("div", { class: "b-fields" }, block.fields.map((field) => el("div", {}, textObject(field, at.screen)))) : null),
    block.accessory ? element(block.accessory, block, at) : null),
  actions: (block, at) => el("div", { class: "buttons" }, block.elements.map((one) => element(one, block, at))),
  rich_text: (block, at) => el("div", { class: "b-rich" }, richText(block, at.screen)),
  image: (block) => el("p", { class: "note" }, `[${block.alt_text}]`),
  table: (block, at) => el("div", { class: "scroll", role: "region", "aria-label": "Table", tabindex: "0" }, el("table", {}, block.rows.map((row, index) =>
    el("tr", {}, row.map((cell, column) => el(index ? "td" : "th", { class: `${block.column_settings?.[column]?.align ?? "left"}` },
      cell.type === "raw_text" ? cell.text : richText(cell, at.screen))))))),
  input: (block, at) => input(block, at),
};

// `at` is {screen, act, values?}: the screen as it is, what to do with a press, and the values of a form.
export function blocks(list, at) {
  return list.map((block) => el("div", { class: "block" }, DRAW[block.type]?.(block, at) ?? el("p", { class: "note" }, `(${block.type})`)));
}

// --- what can be pressed ----------------------------------------------------------------------------------------------

async function press(one, block, at, value) {
  if (one.confirm && !(await confirmed(one.confirm, at.screen))) return;
  await at.act({ action_id: one.action_id, block_id: block.block_id, value });
}

function element(one, block, at) {
  const label = one.placeholder?.text ?? "Choose…";
  switch (one.type) {
    case "button": {
      const attributes = { type: "button", class: one.style ?? "", "aria-label": one.accessibility_label };
      const button = el("button", attributes, textObject(one.text, at.screen));
      button.addEventListener("click", async () => {
        if (button.ariaDisabled === "true") return; // not `disabled`, which would take the keyboard away
        if (one.url) window.open(one.url, "_blank", "noreferrer");
        button.ariaDisabled = "true";
        try { await press(one, block, at, undefined); } finally { button.ariaDisabled = null; }
      });
      return button;
    }
    case "image": return el("span", { class: "note" }, `[${one.alt_text}]`);
    case "overflow":
    case "static_select":
    case "users_select":
    case "conversations_select": {
      const chosen = one.initial_option?.value ?? one.initial_user ?? one.initial_conversation ?? "";
      const select = el("select", { "aria-label": one.type === "overflow" ? "More actions" : label },
        el("option", { value: "" }, one.type === "overflow" ? "⋯" : label), choices(one, at.screen, [chosen]));
      select.addEventListener("change", async () => {
        if (select.value) await press(one, block, at, select.value);
        if (one.type === "overflow") select.value = "";
      });
      return select;
    }
    default: return el("span", { class: "note" }, `(${one.type})`);
  }
}

function choices(one, screen, chosen) {
  const option = (value, words) => el("option", { value, selected: chosen.includes(value) }, words);
  if (one.type.endsWith("users_select"))
    return Object.entries(screen.people).filter(([, p]) => !p.bot).map(([id, p]) => option(id, p.real_name));
  if (one.type.endsWith("conversations_select"))
    return screen.channels.filter((c) => c.kind !== "im").map((c) => option(c.id, `#${c.name}`));
  const from = (options) => options.map((o) => option(o.value, textObject(o.text, screen)));
  return one.options ? from(one.options) : one.option_groups.map((g) => el("optgroup", { label: g.label.text }, from(g.options)));
}

// --- what can be filled in --------------------------------------------------------------------------------------------

function input(block, at) {
  const one = block.element;
  const id = `in-${block.block_id}`;
  const optional = block.optional ? el("span", { class: "note" }, " (optional)") : null;
  const [node, read] = control(one, id, at.screen);
  at.values.set(block.block_id, read);
  const ticks = one.type === "checkboxes" || one.type === "radio_buttons";
  const label = ticks ? el("legend", {}, textObject(block.label, at.screen), optional) : el("label", { for: id }, textObject(block.label, at.screen), optional);
  return el(ticks ? "fieldset" : "div", { class: "b-input" }, label, node,
    block.hint ? el("p", { class: "note" }, textObject(block.hint, at.screen)) : null,
    el("p", { class: "error", "data-error": block.block_id, role: "alert" }));
}

function control(one, id, screen) {
  if (one.type === "plain_text_input") {
    const node = el(one.multiline ? "textarea" : "input", { id, placeholder: one.placeholder?.text, autofocus: one.focus_on_load, rows: one.multiline ? 4 : null });
    node.value = one.initial_value ?? "";
    return [node, () => node.value || null];
  }
  if (one.type === "checkboxes" || one.type === "radio_buttons") {
    const many = one.type === "checkboxes";
    const on = (many ? one.initial_options ?? [] : one.initial_option ? [one.initial_option] : []).map((o) => o.value);
    const boxes = one.options.map((o) => [o, el("input", { type: many ? "checkbox" : "radio", name: id, value: o.value, checked: on.includes(o.value) })]);
    const node = el("div", { id }, boxes.map(([o, box]) => el("label", { class: "tick" }, box, el("span", {}, textObject(o.text, screen),
      o.description ? el("span", { class: "note" }, " ", textObject(o.description, screen)) : null))));
    const ticked = () => boxes.filter(([, box]) => box.checked).map(([o]) => o.value);
    return [node, () => (many ? ticked() : ticked()[0] ?? null)];
  }
  const many = one.type.startsWith("multi_");
  const chosen = many ? one.initial_users ?? one.initial_conversations ?? (one.initial_options ?? []).map((o) => o.value)
    : [one.initial_option?.value ?? one.initial_user ?? one.initial_conversation ?? ""];
  const node = el("select", { id, multiple: many }, many ? null : el("option", { value: "" }, one.placeholder?.text ?? "Choose…"), choices(one, screen, chosen));
  return [node, () => (many ? [...node.selectedOptions].map((o) => o.value) : node.value || null)];
}

// --- "are you sure?" --------------------------------------------------------------------------------------------------

function confirmed(words, screen) {
  const dialog = document.getElementById("confirm");
  return new Promise((resolve) => {
    dialog.replaceChildren(el("form", { method: "dialog" },
      el("h2", { id: "confirm-title" }, textObject(words.title, screen)),
      el("div", { class: "dialog-body" }, textObject(words.text, screen)),
      el("div", { class: "buttons end" },
        el("button", { value: "no" }, textObject(words.deny, screen)),
        el("button", { value: "yes", class: words.style ?? "primary", autofocus: words.style !== "danger" }, textObject(words.confirm, screen)))));
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}
