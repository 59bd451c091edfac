// On a small screen there is room for the channel or for the DNS desk; on a large one both are there anyway.

export const SMALL = matchMedia("(max-width: 700px)"); // as in panels.css

export const showing = () => document.body.dataset.show;

export function show(what) {
  document.body.dataset.show = what;
  document.getElementById("show-desk").setAttribute("aria-expanded", String(what === "desk"));
}
