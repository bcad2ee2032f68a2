// Changes of one card or of many, each with a way back.

import { post } from "./api.js";
import { showStanding } from "./cells.js";
import { notify } from "./notice.js";
import { showQueued } from "./queue.js";

/** Change videos; says what was done. Resolves to whether the server took it. */
export async function change(filenames, action) {
  const answer = await post("/bulk", { filenames, ...action });
  if (answer) tell(answer, "That was so already.");
  return Boolean(answer);
}

function tell({ entry, summary, standing, queued = {}, kept = [] }, otherwise) {
  showStanding(standing);
  showQueued(queued);
  const said = [summary || otherwise, ...kept.map((why) => `Kept: ${why}.`)].join(" ");
  notify(said, entry ? { label: "Undo", act: () => undo(entry) } : undefined);
}

async function undo(entry) {
  const answer = await post("/undo", { entry });
  if (answer) tell(answer, "Nothing was left to undo.");
}
