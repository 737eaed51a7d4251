// The dialog in which operators record a deployment.

import { change } from "../api.js";
import { ENVIRONMENTS, NOTES, REVISION, SERVICE } from "../domain.js";
import { el } from "../dom.js";
import { field, form, input, select } from "../form.js";
import { Notice } from "../notice.js";

export class RecordDialog {
  /** What became of it, for the page below. */
  notice = new Notice();
  #problem = new Notice();
  #form;
  #attempt = { body: "", key: "" };
  #onRecorded;

  constructor(onRecorded) {
    this.#onRecorded = onRecorded;
    this.button = el("button", { type: "button", class: "main", onclick: () => this.#open() }, "Record a deployment");
    this.#form = form(
      { label: "Record a deployment", notice: this.#problem, work: (values) => this.#record(values) },
      field(
        "Service",
        input("service", { required: true, autofocus: true, ...SERVICE }),
        "Such as backend: small letters, digits and hyphens.",
      ),
      field("Revision", input("revision", { required: true, ...REVISION }), "The commit or the version."),
      field("Environment", select("environment", ENVIRONMENTS, { required: true })),
      field("Notes", el("textarea", { name: "notes", ...NOTES }), "Not required."),
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "submit", class: "main" }, "Record"),
        el("button", { type: "button", class: "plain", onclick: () => this.element.close() }, "Close"),
      ),
    );
    this.element = el(
      "dialog",
      { "aria-labelledby": "record-title" },
      el("h2", { id: "record-title" }, "Record a deployment"),
      this.#problem.element,
      this.#form,
    );
  }

  #open() {
    this.notice.clear();
    this.#problem.clear();
    this.element.showModal();
  }

  async #record(values) {
    const body = { service: values.service.trim(), revision: values.revision.trim(), environment: values.environment };
    if (values.notes.trim()) {
      body.notes = values.notes.trim();
    }
    const answer = await change("POST", "/api/deployments", body, { "idempotency-key": this.#key(body) });
    this.#attempt = { body: "", key: "" };
    this.#form.reset();
    this.element.close();
    this.notice.say(`Deployment #${answer.body.id} of ${answer.body.service} is recorded.`);
    this.#onRecorded(answer.body);
  }

  // The same words sent again, after a lost answer, are the same attempt: the server records them once.
  #key(body) {
    const text = JSON.stringify(body);
    if (text !== this.#attempt.body) {
      this.#attempt = { body: text, key: crypto.randomUUID() };
    }
    return this.#attempt.key;
  }
}
