// Who is logged in. The access token is in memory only; the refresh token is a cookie that no script sees.

import { Failure, send } from "./http.js";

// Not a secret: it only spares a first visit the question whether there is a session.
const HINT = "viworks.logged-in";
const LOCK = "viworks-refresh";
const LOCK_MS = 20_000;
const EARLY_MS = 15_000;

let grant = null;
let renewal = null;
const listeners = new Set();

/** The account that is logged in: {id, username, role}, or null. */
export function user() {
  return grant?.user ?? null;
}

/** Calls `listener(user, reason)` when another account, another role or nobody is logged in. */
export function onChange(listener) {
  listeners.add(listener);
}

/** Logs in; throws Failure. */
export async function login(username, password) {
  accept(await send("/api/auth/login", { method: "POST", body: { username, password } }));
}

/** Takes up the session of an earlier page; returns whether there is one. Throws Failure when nobody can say. */
export async function restore() {
  if (!hinted()) {
    return false;
  }
  try {
    await renew();
    return true;
  } catch (failure) {
    if (user() === null && isRefusal(failure)) {
      return false;
    }
    throw failure;
  }
}

/** A token that is good for some seconds more; throws Failure. */
export async function token() {
  if (grant === null || Date.now() > grant.until - EARLY_MS) {
    await renew();
  }
  return grant.token;
}

/**
 * Trades the cookie for a new access token; throws Failure, and ends the session when it was refused. All callers
 * share one request, and all tabs one lock: a refresh token that is used twice counts as stolen.
 */
export function renew() {
  renewal ??= alone(trade).finally(() => {
    renewal = null;
  });
  return renewal;
}

/** Logs out on the server, then here; throws Failure when the server could not be told. */
export async function logout() {
  try {
    await send("/api/auth/logout", { method: "POST", headers: { authorization: `Bearer ${await token()}` } });
  } catch (failure) {
    if (!isRefusal(failure)) {
      throw failure;
    }
  }
  end("You are logged out.");
}

/** Forgets the session on this page. */
export function end(reason) {
  grant = null;
  hint(false);
  tell(reason);
}

async function alone(work) {
  try {
    return await navigator.locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_MS) }, work);
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(0, { detail: "Another tab holds the session. Try again." });
  }
}

async function trade() {
  try {
    // keepalive: a page that is left meanwhile still receives the new cookie.
    accept(await send("/api/auth/refresh", { method: "POST", keepalive: true }));
  } catch (failure) {
    if (isRefusal(failure)) {
      end("Your session has ended. Log in again.");
    }
    throw failure;
  }
}

function accept({ body }) {
  const before = JSON.stringify(user());
  grant = { token: body.access_token, until: Date.now() + body.expires_in * 1000, user: body.user };
  hint(true);
  if (JSON.stringify(body.user) !== before) {
    tell("");
  }
}

function tell(reason) {
  for (const listener of listeners) {
    listener(user(), reason);
  }
}

function isRefusal(failure) {
  return failure.status === 401 || failure.status === 403;
}

function hint(loggedIn) {
  try {
    if (loggedIn) {
      localStorage.setItem(HINT, "1");
    } else {
      localStorage.removeItem(HINT);
    }
  } catch {
    // Storage is switched off: hinted() says so.
  }
}

function hinted() {
  try {
    return localStorage.getItem(HINT) !== null;
  } catch {
    return true;
  }
}
