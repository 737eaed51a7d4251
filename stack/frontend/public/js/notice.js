// Messages: one line in a view that stays, and one spoken line for changes that are seen anyway.

import { el } from "./dom.js";
import { explain } from "./words.js";

/** A line for what an action led to. It is in the page before it has words, so that screen readers watch it. */
export class Notice {
  constructor() {
    this.element = el("p", { class: "notice", role: "status", tabindex: "-1" });
  }

  say(text) {
    this.#show(text, "done", "polite");
  }

  fail(failure) {
    this.#show(typeof failure === "string" ? failure : explain(failure), "failure", "assertive");
  }

  clear() {
    this.#show("", "", "polite");
  }

  #show(text, kind, urgency) {
    this.element.setAttribute("aria-live", urgency);
    this.element.dataset.kind = kind;
    this.element.textContent = text;
  }
}

const QUIET_MS = 1500;
let waiting = [];
let timer = 0;

/** Speaks a line without showing it. What comes in quick succession is spoken as one. */
export function announce(text) {
  waiting.push(text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    const line = waiting.length > 3 ? `${waiting.length} changes` : waiting.join(". ");
    waiting = [];
    document.getElementById("announcements").textContent = line;
  }, QUIET_MS);
}
