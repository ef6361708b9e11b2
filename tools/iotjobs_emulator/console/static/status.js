// The states of jobs and executions: chips, and bars with a part for each state.

import { el, setText, showList } from "./dom.js";

const words = (status) => status.toLowerCase().replaceAll("_", " ");

/** A chip with the name of a state. */
export function chip(status) {
  return showChip(el("span", { class: "chip" }), status);
}

/** Let a chip show this state. */
export function showChip(node, status) {
  setText(node, status);
  if (node.dataset.status !== status) node.dataset.status = status;
  return node;
}

/** A bar, and the legend that says the same in words. */
export function createBar() {
  return el("div", { class: "progress" },
    el("div", { class: "meter", role: "img" }), el("ul", { class: "legend" }));
}

/** Let a bar show how many things are in which state. */
export function showBar(node, things) {
  const [meter, legend] = node.children;
  const counts = Object.entries(things);
  const shown = counts.map(([status, count]) => `${count} ${words(status)}`);
  meter.setAttribute("aria-label", shown.join(", ") || "no executions");
  showList(meter, counts, ([status]) => status,
    ([status]) => el("span", { "data-status": status }),
    (part, [, count]) => { part.style.flexGrow = count; });
  showList(legend, counts, ([status]) => status,
    ([status]) => el("li", { "data-status": status }),
    (item, [status, count]) => setText(item, `${count} ${words(status)}`));
}
