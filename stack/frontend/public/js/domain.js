// The rules of deployments as the API keeps them; here they decide only which controls are shown.

export const ENVIRONMENTS = ["development", "staging", "production"];
export const STATES = ["planned", "running", "succeeded", "failed", "cancelled", "rolled-back"];
// What the API accepts, so that the browser can say it before anything is sent.
export const SERVICE = {
  pattern: "[a-z0-9][a-z0-9\\-]{0,62}",
  maxlength: "63",
  title: "small letters, digits and hyphens",
};
export const REVISION = {
  pattern: "[0-9A-Za-z][0-9A-Za-z._\\-]{0,63}",
  maxlength: "64",
  title: "letters, digits, dots, hyphens and underscores",
};
export const USERNAME = {
  pattern: "[a-z][a-z0-9._\\-]{1,31}",
  maxlength: "32",
  title: "small letters, digits, dots, hyphens and underscores",
};
export const PASSWORD = { type: "password", required: true, maxlength: "128" };
export const NEW_PASSWORD = { ...PASSWORD, autocomplete: "new-password", minlength: "12" };
export const NEW_PASSWORD_HINT = "At least 12 characters; not a common one.";
export const NOTES = { rows: "3", maxlength: "1000" };
export const ROLES = ["viewer", "operator", "admin"];

const NEXT = {
  planned: ["running", "cancelled"],
  running: ["succeeded", "failed", "cancelled"],
  succeeded: ["rolled-back"],
  failed: ["rolled-back"],
};

const VERBS = {
  running: "Start",
  succeeded: "Mark as succeeded",
  failed: "Mark as failed",
  cancelled: "Mark as cancelled",
  "rolled-back": "Mark as rolled back",
};

/** Whether the account may record deployments. */
export function mayRecord(user) {
  return user.role !== "viewer";
}

/** The transitions that the account may make now: [{state, verb}]. An operator moves only what is its own. */
export function transitions(deployment, user) {
  const mayMove = user.role === "admin" || (user.role === "operator" && deployment.who === user.username);
  return mayMove ? (NEXT[deployment.state] ?? []).map((state) => ({ state, verb: VERBS[state] })) : [];
}

/** A state in words: "rolled-back" is "rolled back". */
export function stateWords(state) {
  return state.replace("-", " ");
}

/** Whether a deployment fits the filters of a list, as far as this page can tell. */
export function fits(deployment, query) {
  const same = ["service", "environment", "state", "who"].every(
    (name) => !query.get(name) || query.get(name) === deployment[name],
  );
  const at = Date.parse(deployment.created_at);
  const since = Date.parse(query.get("since") ?? "");
  const until = Date.parse(query.get("until") ?? "");
  return same && !(at < since) && !(at >= until);
}
