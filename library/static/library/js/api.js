// The JSON routes: the same that scripts of the old site use.

import { notify } from "./notice.js";

const LONGEST_WAIT = 30_000;

const csrfToken = () => /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";

let before = Promise.resolve();
let leaving;

const arrive = () => (leaving = new Promise((leave) => addEventListener("pagehide", leave, { once: true })));
addEventListener("pageshow", arrive);
arrive();

/**
 * Send a change, after the changes before it have been answered: the server has several hands, and the last change
 * must win. Who leaves the page waits for nothing: all is then sent at once. Resolves to the answer, or to null when
 * it was refused or the server is away; the person has then been told, unless it was to be quiet.
 */
export function post(route, payload, { quiet = false } = {}) {
  before = Promise.race([before, leaving]).then(() => send(route, payload, quiet ? () => {} : notify));
  return before;
}

/** The same at once; what there is to be told, and the status if there was an answer, goes to `notify`. */
export async function send(route, payload, notify) {
  try {
    const response = await fetch(route, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(payload),
      keepalive: true,
      signal: AbortSignal.timeout(LONGEST_WAIT),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    notify(answer.error, response.status);
  } catch {
    notify("The server doesn't answer. Nothing was changed.");
  }
  return null;
}

/** The JSON at an address; null where it isn't to be had now, or who asked has left or asks for something else. */
export async function get(address, signal) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" }, signal });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** The file name that the routes know the watched video by. */
export const filename = () => document.querySelector("[data-filename]")?.dataset.filename;
