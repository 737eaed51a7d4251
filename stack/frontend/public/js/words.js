// What people read: failures, times, numbers.

import { Failure } from "./http.js";

const UNREACHABLE = "The server cannot be reached. Check the connection and try again.";

const BY_STATUS = {
  401: "Your session has ended. Log in again.",
  403: "Your role does not allow this.",
  404: "There is no such thing here.",
  409: "This is not allowed in the present state.",
  412: "Somebody else has changed this meanwhile.",
  413: "This is too large.",
  422: "Some of what was entered is not accepted.",
  429: "Too many requests.",
  502: "The service is not available right now.",
  503: "The service is not available right now.",
  504: "The service did not answer in time.",
};

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DATE = {
  day: "2-digit",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};
const THIS_YEAR = new Intl.DateTimeFormat(undefined, DATE);
const ANY_YEAR = new Intl.DateTimeFormat(undefined, { ...DATE, year: "numeric" });

/** What happened and what to do, in a sentence or two. Throws what is no Failure. */
export function explain(failure) {
  if (!(failure instanceof Failure)) {
    throw failure; // a mistake in the panel: nothing that its reader could do
  }
  // 422 names the fields; its detail speaks to programs.
  const detail = failure.status === 422 && failure.errors.length ? "" : failure.detail;
  const what = detail || BY_STATUS[failure.status] || otherwise(failure.status);
  return `${sentence(what)}${fields(failure.errors)}${when(failure.retryAfter)}`;
}

function otherwise(status) {
  return status ? `Something went wrong on the server (status ${status}). Try again later.` : UNREACHABLE;
}

function fields(errors) {
  return errors.map(({ field, message }) => ` ${sentence(`${String(field).split(".").at(-1)}: ${message}`)}`).join("");
}

function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function when(retryAfter) {
  return retryAfter ? ` Try again after ${CLOCK.format(Date.now() + retryAfter * 1000)}.` : "";
}

/** A time as the reader's clock shows it; the year only when it is another one. */
export function localTime(iso) {
  const date = new Date(iso);
  return (date.getFullYear() === new Date().getFullYear() ? THIS_YEAR : ANY_YEAR).format(date);
}

/** `count(1, "entry", "entries")` is "1 entry". */
export function count(number, noun, plural = `${noun}s`) {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** `details` of an audit entry as `name: value` pairs. */
export function pairs(details) {
  const value = (content) => (typeof content === "object" ? JSON.stringify(content) : String(content));
  return Object.entries(details ?? {})
    .map(([name, content]) => `${name}: ${value(content)}`)
    .join(", ");
}
