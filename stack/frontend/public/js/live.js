// Changes as they happen, over one WebSocket. Anyone can see whether it is there: states "connecting", "live", "off".

import { renew, token, user } from "./session.js";

const EXPIRED = 4401;
const SILENCE_MS = 50_000; // two of the server's pings, and some
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

const listeners = new Set();
let socket = null;
let state = "off";
let attempts = 0;
let wanted = false;
let missed = false;
let retry = 0;
let watchdog = 0;

/**
 * Calls `listener` with {type: "state", state}, {type: "deployment", deployment} and, after a gap, {type: "missed"}.
 * Returns a function that ends it.
 */
export function subscribe(listener) {
  listeners.add(listener);
  listener({ type: "state", state });
  return () => listeners.delete(listener);
}

/** Connects, and keeps connecting until `stop`. */
export function start() {
  if (!wanted) {
    wanted = true;
    addEventListener("online", now);
    connect();
  }
}

/** Ends it all; nothing is tried again before `start`. */
export function stop() {
  wanted = false;
  missed = false;
  attempts = 0;
  removeEventListener("online", now);
  clearTimeout(retry);
  drop();
  become("off");
}

function now() {
  if (state === "off") {
    clearTimeout(retry);
    connect();
  }
}

async function connect() {
  become("connecting");
  try {
    open(await token());
  } catch {
    later();
  }
}

function open(access) {
  if (!wanted) {
    return;
  }
  const mine = new WebSocket(`wss://${location.host}/api/events`);
  socket = mine;
  listen();
  mine.addEventListener("open", () => mine.send(JSON.stringify({ token: access })));
  mine.addEventListener("message", ({ data }) => mine === socket && receive(JSON.parse(data)));
  mine.addEventListener("close", ({ code }) => mine === socket && closed(code, access));
}

function receive(message) {
  listen();
  if (message.type === "ready") {
    attempts = 0;
    become("live");
    if (missed) {
      missed = false;
      tell({ type: "missed" });
    }
  } else if (message.type === "deployment") {
    tell(message);
  }
}

async function closed(code, access) {
  drop();
  missed = true;
  if (code !== EXPIRED) {
    later();
    return;
  }
  become("connecting");
  await freshen(access).catch(() => undefined);
  later();
}

// The token ran out, or the session was ended elsewhere: the renewal tells which, and ends the session here too.
async function freshen(refused) {
  if ((await token()) === refused) {
    await renew();
  }
}

// Full jitter: clients that lost the same server do not come back in step.
function later() {
  if (!wanted || user() === null) {
    return;
  }
  become("off");
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
  attempts += 1;
  retry = setTimeout(connect, Math.random() * ceiling);
}

// A connection can die without a word: silence longer than the server's pings ends it.
function listen() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => closed(0, ""), SILENCE_MS);
}

function drop() {
  clearTimeout(watchdog);
  const old = socket;
  socket = null;
  old?.close();
}

function become(next) {
  state = next;
  tell({ type: "state", state });
}

function tell(event) {
  for (const listener of listeners) {
    listener(event);
  }
}
