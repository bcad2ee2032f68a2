// The JSON routes: the same that scripts of the old site use.

import { notify } from "./notice.js";

const csrfToken = () => /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";

/**
 * Send a change. Resolves to the answer, or to null when it was refused or the server is away; the person has then
 * been told.
 */
export async function post(route, payload) {
  try {
    const response = await fetch(route, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(payload),
      keepalive: true,
    });
    const answer = await response.json();
    if (response.ok) return answer;
    notify(answer.error);
  } catch {
    notify("The server doesn't answer. Nothing was changed.");
  }
  return null;
}

/** The file name that the routes know the watched video by. */
export const filename = () => document.querySelector("[data-filename]")?.dataset.filename;
