// The audit log, for administrators.

import { el } from "../dom.js";
import { Listing } from "../listing.js";
import { codeMark, stateMark, timeMark } from "../marks.js";
import { pairs } from "../words.js";

const COLUMNS = [
  { label: "Entry", header: true, class: "number", cell: ({ seq }) => String(seq) },
  { label: "When", class: "time", cell: ({ at }) => timeMark(at) },
  { label: "Who", class: "name", cell: ({ actor }) => actor ?? el("span", { class: "quiet" }, "nobody") },
  { label: "Address", cell: ({ address }) => address },
  { label: "Action", cell: ({ action }) => el("code", {}, action) },
  { label: "Subject", class: "subject", cell: ({ subject }) => subject },
  { label: "Outcome", cell: ({ outcome }) => stateMark(outcome) },
  { label: "Details", class: "details", cell: ({ details }) => pairs(details) },
  { label: "Request", class: "code", cell: ({ request_id }) => codeMark(request_id) },
];

const FILTERS = [
  { name: "actor", label: "Who", type: "text" },
  { name: "action", label: "Action", type: "text" },
  { name: "subject", label: "Subject", type: "text" },
  { name: "outcome", label: "Outcome", type: "choice", choices: ["success", "failure"] },
  { name: "since", label: "Since", type: "time" },
  { name: "until", label: "Before", type: "time" },
];

export class AuditView {
  title = "Audit";
  #listing;

  constructor({ query, signal, go }) {
    this.#listing = new Listing({
      path: "/api/audit",
      page: "/audit",
      noun: "entry",
      plural: "entries",
      label: "Audit log",
      columns: COLUMNS,
      key: ({ seq }) => seq,
      filters: FILTERS,
      go,
      signal,
    });
    this.element = el("div", {}, el("h1", {}, this.title), ...this.#listing.elements);
    this.#listing.show(query);
  }

  update(query) {
    this.#listing.show(query);
  }
}
