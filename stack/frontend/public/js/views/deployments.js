// The deployments: a page of the list, changed in place as things happen.

import { ENVIRONMENTS, SERVICE, STATES, fits, mayRecord, stateWords } from "../domain.js";
import { el } from "../dom.js";
import { Listing } from "../listing.js";
import { subscribe } from "../live.js";
import { codeMark, cutText, stateMark, timeMark } from "../marks.js";
import { announce } from "../notice.js";
import { user } from "../session.js";
import { count } from "../words.js";
import { RecordDialog } from "./record.js";

const COLUMNS = [
  {
    label: "Number",
    header: true,
    class: "number",
    cell: ({ id }) => el("a", { href: `/deployments/${id}` }, `#${id}`),
  },
  { label: "Service", class: "name", cell: ({ service }) => service },
  { label: "Revision", class: "code", cell: ({ revision }) => codeMark(revision) },
  { label: "Environment", cell: ({ environment }) => environment },
  { label: "State", cell: ({ state }) => stateMark(state) },
  { label: "Who", class: "name", cell: ({ who }) => who },
  { label: "Recorded", class: "time", cell: ({ created_at }) => timeMark(created_at) },
  { label: "Changed", class: "time", cell: ({ updated_at }) => timeMark(updated_at) },
  { label: "Notes", class: "notes", cell: ({ notes }) => cutText(notes) },
];

const FILTERS = [
  { name: "service", label: "Service", type: "text", rules: SERVICE },
  { name: "environment", label: "Environment", type: "choice", choices: ENVIRONMENTS },
  { name: "state", label: "State", type: "choice", choices: STATES.map((state) => [state, stateWords(state)]) },
  { name: "who", label: "Who", type: "text" },
  { name: "since", label: "Recorded since", type: "time" },
  { name: "until", label: "Recorded before", type: "time" },
];

export class DeploymentsView {
  title = "Deployments";
  #listing;
  #held = new Map();
  #more = el("button", { type: "button", class: "plain", hidden: true, onclick: () => this.#showHeld() });
  #unsubscribe;

  constructor({ query, signal, go }) {
    const dialog = mayRecord(user()) ? new RecordDialog((recorded) => this.#take(recorded)) : null;
    this.#listing = new Listing({
      path: "/api/deployments",
      page: "/deployments",
      noun: "deployment",
      plural: "deployments",
      label: "Deployments",
      columns: COLUMNS,
      key: ({ id }) => id,
      filters: FILTERS,
      go,
      signal,
      tools: [this.#more],
    });
    const heading = el("div", { class: "heading" }, el("h1", {}, this.title), dialog?.button);
    this.element = el("div", {}, heading, dialog?.notice.element, ...this.#listing.elements, dialog?.element);
    this.#listing.show(query);
    this.#unsubscribe = subscribe((event) => this.#hear(event));
  }

  update(query) {
    this.#hold([]);
    this.#listing.show(query);
  }

  close() {
    this.#unsubscribe();
  }

  #hear(event) {
    if (event.type === "deployment") {
      this.#take(event.deployment);
    } else if (event.type === "missed") {
      this.#hold([]);
      this.#listing.reload();
    }
  }

  // A row that is there changes where it is. A new one comes on top, or waits while somebody is at work in the rows.
  #take(deployment) {
    const { table, query } = this.#listing;
    if (table.has(deployment)) {
      table.update(deployment);
      announce(`Deployment ${deployment.id} of ${deployment.service} is ${stateWords(deployment.state)}`);
    } else if (
      this.#held.has(deployment.id) ||
      (deployment.version === 1 && !query.has("cursor") && fits(deployment, query))
    ) {
      this.#arrive(deployment);
    }
  }

  #arrive(deployment) {
    if (this.#listing.table.inUse || this.#held.size) {
      this.#hold([...this.#held.values(), deployment]);
      return;
    }
    this.#listing.table.prepend(deployment);
    this.#listing.tell();
    announce(`New: deployment ${deployment.id} of ${deployment.service}`);
  }

  #hold(deployments) {
    this.#held = new Map(deployments.map((deployment) => [deployment.id, deployment]));
    this.#more.hidden = this.#held.size === 0;
    this.#more.textContent = `Show ${count(this.#held.size, "new deployment")}`;
  }

  #showHeld() {
    const arrived = [...this.#held.values()].sort((one, other) => one.id - other.id);
    this.#hold([]);
    arrived.forEach((deployment) => this.#listing.table.prepend(deployment));
    this.#listing.tell();
    this.#listing.table.element.focus();
  }
}
