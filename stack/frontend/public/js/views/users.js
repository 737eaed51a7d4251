// The accounts, for administrators.

import { change, get } from "../api.js";
import { NEW_PASSWORD, NEW_PASSWORD_HINT, ROLES, USERNAME } from "../domain.js";
import { el } from "../dom.js";
import { field, form, input, select } from "../form.js";
import { Notice } from "../notice.js";
import { Table } from "../table.js";

export class UsersView {
  title = "Users";
  #signal;
  #notice = new Notice();
  #table = new Table({ label: "Users", columns: this.#columns(), key: ({ id }) => id });

  #more = el("button", { type: "button", hidden: true, onclick: () => this.#load() }, "Show more users");
  #next = 0;

  constructor({ signal }) {
    this.#signal = signal;
    this.element = el(
      "div",
      {},
      el("h1", {}, this.title),
      this.#notice.element,
      this.#table.element,
      this.#more,
      el("section", { "aria-labelledby": "add-title" }, el("h2", { id: "add-title" }, "Add a user"), this.#addForm()),
    );
    this.#load();
  }

  async #load() {
    try {
      const { body } = await get(`/api/users?after=${this.#next}`, this.#signal);
      body.items.filter((account) => !this.#table.has(account)).forEach((account) => this.#table.append(account));
      this.#next = body.next;
      this.#more.hidden = body.next === null;
    } catch (failure) {
      // A view that was left asks for nothing any more.
      if (!this.#signal.aborted) {
        this.#notice.fail(failure);
      }
    }
  }

  #columns() {
    return [
      { label: "User name", header: true, class: "name", cell: ({ username }) => username },
      { label: "Role", cell: (account) => this.#roleChoice(account) },
      { label: "Log in", cell: ({ disabled }) => (disabled ? "disabled" : "allowed") },
      { label: "Change", cell: (account) => this.#switchButton(account) },
    ];
  }

  #roleChoice(account) {
    const label = `Role of ${account.username}`;
    const choice = select("role", ROLES, { "aria-label": label });
    choice.value = account.role;
    // A button of its own: with the keyboard every arrow is already a change of the choice.
    const save = el("button", { type: "button", class: "plain", "aria-label": `Set: ${label}` }, "Set");
    save.addEventListener("click", () => this.#patch(account, { role: choice.value }));
    return el("span", { class: "pair" }, choice, save);
  }

  #switchButton(account) {
    const words = account.disabled ? "Allow log in" : "Disable";
    const button = el(
      "button",
      { type: "button", class: "plain", "aria-label": `${words}: ${account.username}` },
      words,
    );
    button.addEventListener("click", () => this.#patch(account, { disabled: !account.disabled }));
    return button;
  }

  async #patch(account, changes) {
    try {
      const { body } = await change("PATCH", `/api/users/${account.id}`, changes);
      this.#table.update(body);
      this.#notice.say(`${body.username}: ${body.role}, log in ${body.disabled ? "disabled" : "allowed"}.`);
    } catch (failure) {
      this.#notice.fail(failure);
    }
  }

  #addForm() {
    return form(
      { label: "Add a user", notice: this.#notice, work: (values) => this.#add(values) },
      field("User name", input("username", { required: true, ...USERNAME })),
      field("Password", input("password", NEW_PASSWORD), NEW_PASSWORD_HINT),
      field("Role", select("role", ROLES)),
      el("button", { type: "submit" }, "Add"),
    );
  }

  async #add({ username, password, role }) {
    const { body } = await change("POST", "/api/users", { username: username.trim(), password, role });
    this.element.querySelector("form").reset();
    this.#table.prepend(body);
    this.#notice.say(`${body.username} is added as ${body.role}.`);
  }
}
