// One deployment: what it is, and what may become of it.

import { change, get } from "../api.js";
import { NOTES, stateWords, transitions } from "../domain.js";
import { el, holdsFocus } from "../dom.js";
import { field, form } from "../form.js";
import { subscribe } from "../live.js";
import { codeMark, stateMark, timeMark } from "../marks.js";
import { Notice } from "../notice.js";
import { user } from "../session.js";

export class DeploymentView {
  #id;
  #signal;
  #deployment = null;
  #notice = new Notice();
  #facts = el("dl", { class: "facts" });
  #buttons = el("div", { class: "buttons" });
  #notes = el("textarea", { name: "notes", ...NOTES });
  #moves;
  #unsubscribe;

  constructor({ params, signal }) {
    this.#id = Number(params.id);
    this.#signal = signal;
    this.title = `Deployment #${this.#id}`;
    this.#moves = el(
      "section",
      { "aria-labelledby": "moves-title", hidden: true },
      el("h2", { id: "moves-title" }, "Next step"),
      form(
        { label: "Next step", notice: this.#notice, work: (values, button) => this.#move(button.value, values.notes) },
        field("Notes", this.#notes, "Not required; kept as the deployment's notes."),
        this.#buttons,
      ),
    );
    this.element = el(
      "div",
      {},
      el("p", { class: "back" }, el("a", { href: "/deployments" }, "All deployments")),
      el("h1", {}, this.title),
      this.#notice.element,
      this.#facts,
      this.#moves,
    );
    this.#unsubscribe = subscribe((event) => this.#hear(event));
    this.#load();
  }

  close() {
    this.#unsubscribe();
  }

  async #load() {
    try {
      const { body } = await get(`/api/deployments/${this.#id}`, this.#signal);
      this.#show(body);
    } catch (failure) {
      // A view that was left asks for nothing any more.
      if (!this.#signal.aborted) {
        this.#notice.fail(failure);
      }
    }
  }

  #hear(event) {
    if (event.type === "missed") {
      this.#load();
    } else if (
      event.type === "deployment" &&
      event.deployment.id === this.#id &&
      event.deployment.version > this.#version
    ) {
      this.#show(event.deployment);
      this.#notice.say(`Just now: ${stateWords(event.deployment.state)}.`);
    }
  }

  get #version() {
    return this.#deployment?.version ?? 0;
  }

  #show(deployment) {
    if (deployment.version < this.#version) {
      return;
    }
    this.#deployment = deployment;
    this.#facts.replaceChildren(...facts(deployment));
    const moves = transitions(deployment, user());
    const held = holdsFocus(this.#moves);
    this.#offer(moves);
    this.#moves.hidden = moves.length === 0;
    // The button that had the focus may be gone, or all of the form.
    if (held && (this.#moves.hidden || !holdsFocus(this.#moves))) {
      this.#notice.element.focus();
    }
  }

  // A button that is still right stays the same element, with the focus it may have.
  #offer(moves) {
    const old = new Map([...this.#buttons.children].map((button) => [button.value, button]));
    const fresh = ({ state, verb }) => el("button", { type: "submit", name: "state", value: state }, verb);
    const wanted = moves.map((move) => old.get(move.state) ?? fresh(move));
    old.forEach((button) => wanted.includes(button) || button.remove());
    wanted.forEach((button) => button.isConnected || this.#buttons.append(button));
  }

  async #move(state, notes) {
    const body = notes.trim() ? { state, notes: notes.trim() } : { state };
    const headers = { "if-match": `"${this.#deployment.version}"` };
    try {
      const answer = await change("POST", `/api/deployments/${this.#id}/transitions`, body, headers);
      this.#notes.value = "";
      this.#show(answer.body);
      this.#notice.say(`Recorded: ${stateWords(answer.body.state)}.`);
    } catch (failure) {
      await this.#refused(failure);
    }
  }

  async #refused(failure) {
    if (failure.status !== 412 && failure.status !== 409) {
      throw failure;
    }
    this.#show((await get(`/api/deployments/${this.#id}`, this.#signal)).body);
    const now = stateWords(this.#deployment.state);
    this.#notice.fail(
      `Not recorded: this deployment has been changed meanwhile. It is ${now} now. Look at it and decide again.`,
    );
    this.#notice.element.focus();
  }
}

function facts(deployment) {
  return [
    ["State", stateMark(deployment.state)],
    ["Service", deployment.service],
    ["Revision", codeMark(deployment.revision)],
    ["Environment", deployment.environment],
    ["Who", deployment.who],
    ["Recorded", timeMark(deployment.created_at)],
    ["Changed", timeMark(deployment.updated_at)],
    ["Version", String(deployment.version)],
    ["Notes", deployment.notes || el("span", { class: "quiet" }, "none")],
  ].map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}
