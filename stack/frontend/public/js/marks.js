// Small things that several views show: a state as shape and word, a time, a revision.

import { stateWords } from "./domain.js";
import { el, svg } from "./dom.js";
import { localTime } from "./words.js";

// One shape a state, so that nobody needs the colour.
const SHAPES = {
  planned: [["circle", { cx: 8, cy: 8, r: 5.5 }]],
  running: [["path", { d: "M5 3l7.5 5L5 13z", class: "solid" }]],
  succeeded: [["path", { d: "M2.5 8.5l3.5 3.5 7.5-8" }]],
  failed: [["path", { d: "M3.5 3.5l9 9M12.5 3.5l-9 9" }]],
  cancelled: [
    ["circle", { cx: 8, cy: 8, r: 5.5 }],
    ["path", { d: "M4.2 11.8l7.6-7.6" }],
  ],
  "rolled-back": [["path", { d: "M6.5 2.5L3 6l3.5 3.5M3 6h6.5a3.5 3.5 0 0 1 0 7H6" }]],
  success: [["path", { d: "M2.5 8.5l3.5 3.5 7.5-8" }]],
  failure: [["path", { d: "M3.5 3.5l9 9M12.5 3.5l-9 9" }]],
};

/** A state or an outcome, as shape and word. */
export function stateMark(state) {
  const shapes = (SHAPES[state] ?? []).map(([tag, attributes]) => svg(tag, attributes));
  return el(
    "span",
    { class: "state", "data-state": state },
    svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, ...shapes),
    el("span", {}, stateWords(state)),
  );
}

/** A time on the reader's clock; the exact one is in its title. */
export function timeMark(iso) {
  return iso ? el("time", { datetime: iso, title: iso }, localTime(iso)) : el("span", { class: "quiet" }, "never");
}

/** Text of a machine, cut by the column; all of it is in the title. */
export function codeMark(text) {
  return el("code", { title: text }, text);
}

/** Prose, cut by the column; all of it is in the title. */
export function cutText(text) {
  return text ? el("span", { class: "cut", title: text }, text) : "";
}
