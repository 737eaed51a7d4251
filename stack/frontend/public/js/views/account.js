// The own account: where it is logged in, its password.

import { change, get } from "../api.js";
import { NEW_PASSWORD, NEW_PASSWORD_HINT, PASSWORD } from "../domain.js";
import { el } from "../dom.js";
import { field, form, input } from "../form.js";
import { timeMark } from "../marks.js";
import { Notice } from "../notice.js";
import { end, user } from "../session.js";
import { Table } from "../table.js";
import { localTime } from "../words.js";

export class AccountView {
  title = "Account";
  #signal;
  #sessions = new Notice();
  #password = new Notice();
  #table = new Table({ label: "Sessions", columns: this.#columns(), key: ({ id }) => id });

  constructor({ signal }) {
    this.#signal = signal;
    const { username, role } = user();
    this.element = el(
      "div",
      {},
      el("h1", {}, this.title),
      el("p", {}, "Logged in as ", el("strong", {}, username), `, role ${role}.`),
      el(
        "section",
        { "aria-labelledby": "sessions-title" },
        el("h2", { id: "sessions-title" }, "Sessions"),
        this.#sessions.element,
        this.#table.element,
      ),
      el(
        "section",
        { "aria-labelledby": "password-title" },
        el("h2", { id: "password-title" }, "Password"),
        this.#password.element,
        this.#passwordForm(),
      ),
    );
    this.#load();
  }

  async #load() {
    try {
      const { body } = await get("/api/auth/sessions", this.#signal);
      this.#table.show(body.items);
    } catch (failure) {
      // A view that was left asks for nothing any more.
      if (!this.#signal.aborted) {
        this.#sessions.fail(failure);
      }
    }
  }

  #columns() {
    return [
      { label: "Logged in", header: true, class: "time", cell: ({ created_at }) => timeMark(created_at) },
      { label: "Last used", class: "time", cell: ({ used_at }) => timeMark(used_at) },
      { label: "Address", cell: ({ address }) => address },
      { label: "Browser", class: "details", cell: ({ user_agent }) => user_agent ?? "" },
      { label: "Action", cell: (session) => this.#endButton(session) },
    ];
  }

  #endButton(session) {
    const words = session.current ? "End this one" : "End";
    const label = `${words}: session from ${session.address}, ${localTime(session.created_at)}`;
    return el(
      "button",
      { type: "button", class: "plain", "aria-label": label, onclick: () => this.#end(session) },
      words,
    );
  }

  async #end(session) {
    try {
      await change("DELETE", `/api/auth/sessions/${encodeURIComponent(session.id)}`);
      if (session.current) {
        end("You are logged out.");
        return;
      }
      this.#table.remove(session);
      this.#sessions.say("The session is ended.");
      this.#sessions.element.focus();
    } catch (failure) {
      this.#sessions.fail(failure);
    }
  }

  #passwordForm() {
    return form(
      { label: "Change the password", notice: this.#password, work: (values) => this.#change(values) },
      // Password managers want to know whose password it is.
      el("input", { type: "text", name: "username", autocomplete: "username", value: user().username, hidden: true }),
      field("Current password", input("current_password", { autocomplete: "current-password", ...PASSWORD })),
      field("New password", input("new_password", NEW_PASSWORD), `${NEW_PASSWORD_HINT} Your other sessions end.`),
      el("button", { type: "submit" }, "Change the password"),
    );
  }

  async #change({ current_password, new_password }) {
    await change("POST", "/api/auth/password", { current_password, new_password });
    this.element.querySelector("form").reset();
    this.#password.say("The password is changed, and your other sessions are ended.");
    await this.#load();
  }
}
