// A filter form whose values live in the page's address: they can be shared, and "back" brings them back.

import { el } from "./dom.js";
import { field, input, select } from "./form.js";

/** `fields` are [{name, label, type, choices?, rules?}], type "text", "choice" or "time"; `apply(query)` hears a submit. */
export class Filters {
  #fields;
  #controls;

  constructor(label, fields, apply) {
    this.#fields = fields;
    this.#controls = new Map(fields.map((spec) => [spec.name, control(spec)]));
    const submit = (event) => {
      event.preventDefault();
      apply(this.#query());
    };
    this.element = el(
      "form",
      { class: "filters", role: "search", "aria-label": label, onsubmit: submit },
      ...fields.map((spec) => field(spec.label, this.#controls.get(spec.name))),
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "submit" }, "Filter"),
        el("button", { type: "button", class: "plain", onclick: () => apply(new URLSearchParams()) }, "Clear filters"),
      ),
    );
  }

  /** Shows what an address filters by. */
  show(query) {
    for (const { name, type } of this.#fields) {
      const value = query.get(name) ?? "";
      this.#controls.get(name).value = type === "time" ? toLocal(value) : value;
    }
  }

  /** Only what the API knows of an address: the filters and the page. */
  apiQuery(query) {
    const names = [...this.#fields.map(({ name }) => name), "cursor"];
    return new URLSearchParams(names.filter((name) => query.get(name)).map((name) => [name, query.get(name)]));
  }

  #query() {
    const query = new URLSearchParams();
    for (const { name, type } of this.#fields) {
      const value = this.#controls.get(name).value.trim();
      if (value) {
        query.set(name, type === "time" ? new Date(value).toISOString() : value);
      }
    }
    return query;
  }
}

function control({ name, type, choices, rules }) {
  if (type === "choice") {
    return select(name, [["", "any"], ...choices]);
  }
  return input(name, type === "time" ? { type: "datetime-local" } : rules);
}

function toLocal(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) {
    return "";
  }
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
