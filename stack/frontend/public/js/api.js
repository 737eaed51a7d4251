// The API as the logged-in account: the token is added, renewed once when refused, and a short wait asked for is kept.

import { send } from "./http.js";
import { end, renew, token, user } from "./session.js";

const LONGEST_WAIT_S = 5;

/** Returns {status, body, headers}; throws Failure. */
export function get(path, signal) {
  return patiently(() => authorized(path, { signal }), signal);
}

/** Sends a change; not repeated but for a renewed token. Returns {status, body, headers}; throws Failure. */
export function change(method, path, body, headers = {}) {
  return authorized(path, { method, body, headers });
}

async function authorized(path, options) {
  const attempt = async () =>
    send(path, { ...options, headers: { ...options.headers, authorization: `Bearer ${await token()}` } });
  try {
    return await attempt();
  } catch (failure) {
    if (failure.status !== 401 || user() === null) {
      throw failure;
    }
  }
  await renew();
  try {
    return await attempt();
  } catch (failure) {
    if (failure.status === 401) {
      end("Your session has ended. Log in again.");
    }
    throw failure;
  }
}

// 429 and 503 with a short Retry-After: the same question once more, after that time.
async function patiently(ask, signal) {
  try {
    return await ask();
  } catch (failure) {
    if (failure.retryAfter === null || failure.retryAfter > LONGEST_WAIT_S || ![429, 503].includes(failure.status)) {
      throw failure;
    }
    await pause(failure.retryAfter * 1000, signal);
    return ask();
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
