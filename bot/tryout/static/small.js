// What is on the screen: on a small one the channel or one of the desks, on a large one the channel and one of the desks.

export const SMALL = matchMedia("(max-width: 700px)"); // as in panels.css

const showing = () => document.body.dataset.show;

export function show(what) {
  document.body.dataset.show = what;
  if (what !== "room") document.body.dataset.beside = what;
  for (const desk of ["desk", "org"]) {
    document.getElementById(`show-${desk}`).setAttribute("aria-expanded", String(what === desk));
    document.getElementById(`tab-${desk}`).setAttribute("aria-pressed", String(document.body.dataset.beside === desk));
  }
}

for (const desk of ["desk", "org"]) {
  document.getElementById(`show-${desk}`).addEventListener("click", () => show(showing() === desk ? "room" : desk));
  document.getElementById(`tab-${desk}`).addEventListener("click", () => show(desk));
}
