// Log in. Shown at whatever address was asked for; that one is shown afterwards.

import { PASSWORD, USERNAME } from "../domain.js";
import { el } from "../dom.js";
import { field, form, hold, input, isHeld } from "../form.js";
import { Notice } from "../notice.js";
import { login } from "../session.js";

export function loginView(reason) {
  const notice = new Notice();
  const username = input("username", { autocomplete: "username", required: true, ...USERNAME });
  const password = input("password", { autocomplete: "current-password", ...PASSWORD });
  const button = el("button", { type: "submit", class: "main" }, "Log in");
  const element = el(
    "div",
    { class: "login" },
    el("h1", {}, "Log in"),
    notice.element,
    form({ label: "Log in", notice, work: submit }, field("User name", username), field("Password", password), button),
  );
  if (reason) {
    notice.say(reason);
  }

  async function submit(values) {
    if (isHeld(button)) {
      notice.fail("It is too early to try again.");
      return;
    }
    try {
      await login(values.username, values.password);
    } catch (failure) {
      password.value = "";
      password.focus();
      if (failure.retryAfter) {
        hold(button, failure.retryAfter).then(() => notice.say("You can try again now."));
      }
      throw failure;
    }
  }

  return { title: "Log in", element, focus: () => username.focus() };
}
