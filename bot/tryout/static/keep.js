// Drawing again without disturbing anybody: what is the same stays, and the keyboard's focus stays where it was.

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

// Makes the children of `parent` those of `entries`, each [key, stamp, make]: made anew only where the stamp differs.
export function keep(parent, entries) {
  const known = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focus = place(parent);
  const wanted = entries.map(([key, stamp, make]) => {
    const old = known.get(String(key));
    if (old && old.stamp === stamp) return old;
    const node = make();
    node.dataset.key = key;
    node.stamp = stamp;
    return node;
  });
  const staying = new Set(wanted);
  for (const node of [...parent.children]) if (!staying.has(node)) node.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  if (focus && document.activeElement === document.body) back(parent, focus);
}

function place(parent) {
  const node = [...parent.children].find((child) => child.contains(document.activeElement));
  if (!node) return null;
  return { key: node.dataset.key, name: document.activeElement.textContent, at: [...node.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement) };
}

// To the same control of the new node where it still has it, else to the node itself.
function back(parent, { key, name, at }) {
  const node = [...parent.children].find((child) => child.dataset.key === key);
  const control = node && [...node.querySelectorAll(FOCUSABLE)][at];
  if (control && control.textContent === name) control.focus();
  else if (node) node.focus();
}
