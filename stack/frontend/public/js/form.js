// Forms: a label and a hint for every control, what the server refuses beside the control, no second submit meanwhile.

import { el } from "./dom.js";

let made = 0;

/** A control with its label above and its hint below. */
export function field(label, control, hint = "") {
  made += 1;
  control.id = `control-${made}`;
  const note = el("p", { class: "hint", id: `hint-${made}`, "data-hint": hint }, hint);
  control.setAttribute("aria-describedby", note.id);
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control, note);
}

/** A text input. */
export function input(name, attributes = {}) {
  return el("input", {
    name,
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    ...attributes,
  });
}

/** A choice; `choices` are values or [value, words]. */
export function select(name, choices, attributes = {}) {
  const option = (choice) => {
    const [value, words] = Array.isArray(choice) ? choice : [choice, choice];
    return el("option", { value }, words);
  };
  return el("select", { name, ...attributes }, ...choices.map(option));
}

/** A form that calls `work(values, button)`, one at a time. Failures go to `notice` and to the controls they name. */
export function form({ label, notice, work }, ...children) {
  const element = el("form", { "aria-label": label, onsubmit: submit }, ...children);
  let busy = false;

  async function submit(event) {
    event.preventDefault();
    if (busy) {
      return;
    }
    busy = true;
    element.setAttribute("aria-busy", "true");
    clearErrors(element);
    notice.clear();
    try {
      await work(Object.fromEntries(new FormData(element)), event.submitter);
    } catch (failure) {
      notice.fail(failure);
      showErrors(element, failure.errors ?? []);
    } finally {
      busy = false;
      element.removeAttribute("aria-busy");
    }
  }

  return element;
}

function clearErrors(element) {
  for (const control of element.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    const hint = hintOf(control);
    hint.textContent = hint.dataset.hint;
  }
}

// `field` of an error is a path such as body.service: its last part is the control's name.
function showErrors(element, errors) {
  const controls = errors.map(({ field: path, message }) => {
    const control = element.elements.namedItem(String(path).split(".").at(-1));
    if (control instanceof HTMLElement && control.hasAttribute("aria-describedby")) {
      control.setAttribute("aria-invalid", "true");
      hintOf(control).textContent = message;
      return control;
    }
    return null;
  });
  controls.find((control) => control !== null)?.focus();
}

function hintOf(control) {
  return document.getElementById(control.getAttribute("aria-describedby"));
}

/** Switches a form's button off for some seconds; it keeps the keyboard's place. Returns a promise of the end. */
export function hold(button, seconds) {
  button.setAttribute("aria-disabled", "true");
  return new Promise((resolve) => {
    setTimeout(() => {
      button.removeAttribute("aria-disabled");
      resolve();
    }, seconds * 1000);
  });
}

/** Whether a button is held. */
export function isHeld(button) {
  return button.getAttribute("aria-disabled") === "true";
}
