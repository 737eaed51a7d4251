// Pages of one sentence: no permission, no server.

import { el } from "../dom.js";

/** A page with a heading, a sentence and perhaps a button. */
export function messageView(title, text, button = null) {
  return {
    title,
    element: el("div", { class: "message" }, el("h1", {}, title), el("p", { role: "alert" }, text), button),
  };
}

/** Instead of a page that the role does not reach. */
export function forbiddenView() {
  return messageView("Not for this account", "Only administrators see this page.");
}
