// One request to the own origin: JSON in, JSON out, every failure as a Failure.

const TIMEOUT_MS = 15_000;

/** Why a request failed. `status` is 0 when no answer came; `retryAfter` is in seconds, or null. */
export class Failure extends Error {
  constructor(status, { detail = "", errors = [], retryAfter = null } = {}) {
    super(detail || `status ${status}`);
    this.name = "Failure";
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/**
 * Sends one request. Returns {status, body, headers}; throws Failure for every status of 400 and above, for a lost
 * connection and after 15 seconds; throws the signal's reason when the caller has aborted.
 */
export async function send(path, { method = "GET", body, headers = {}, signal, keepalive = false } = {}) {
  const response = await reach(
    path,
    {
      method,
      keepalive,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    },
    signal,
  );
  const content = await json(response, signal);
  if (!response.ok) {
    throw failure(response, content);
  }
  return { status: response.status, body: content, headers: response.headers };
}

async function reach(path, options, signal) {
  try {
    return await fetch(path, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Failure(0, { detail: error.name === "TimeoutError" ? "The server did not answer in time." : "" });
  }
}

// An answer without a JSON body, such as 204 or the proxy's page, has none to tell about. One that is cut off on its
// way is no answer, but a status that says no is one without its words.
async function json(response, signal) {
  const type = response.headers.get("content-type") ?? "";
  if (!/^application\/([a-z]+\+)?json/.test(type)) {
    return null;
  }
  try {
    return await response.json();
  } catch {
    signal?.throwIfAborted();
    if (!response.ok) {
      return null;
    }
    throw new Failure(0, { detail: "The server's answer was cut off. Try again." });
  }
}

function failure(response, problem) {
  return new Failure(response.status, {
    detail: typeof problem?.detail === "string" ? problem.detail : "",
    errors: Array.isArray(problem?.errors) ? problem.errors : [],
    retryAfter: seconds(response.headers.get("retry-after")),
  });
}

// RFC 9110, 10.2.3: a number of seconds or a date.
function seconds(retryAfter) {
  if (!retryAfter) {
    return null;
  }
  const value = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isFinite(value) ? Math.max(0, Math.ceil(value)) : null;
}
