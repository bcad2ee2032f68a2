// "Continue watching": what somebody doesn't mean to go on with is taken off it, and the list stays as it is elsewhere.

import { post } from "./api.js";
import { announce, cells, filenameOf, keyOf, titleOf } from "./cells.js";
import { notify } from "./notice.js";
import { fillPendingPosters } from "./posters.js";
import { whenBack } from "./progress.js";
import { read } from "./results.js";
import { count, takenOff } from "./takingoff.js";

const isHere = () => location.pathname === "/continue";

const saying = (cell) => `${keyOf(cell)} ${cell.querySelector(".note")?.textContent}`;

/** Show the list as it is now, from its beginning, where it is another; or let the page say that there is none. */
async function refresh() {
  const page = await read(location.pathname).catch(() => null);
  if (!page) return;
  const wanted = [...page.querySelectorAll("#content .cell")].map(saying);
  const there = cells().map(saying);
  const more = Number(page.querySelector(".heading").dataset.last) > 1;
  const same = wanted.every((one, place) => one === there[place]) && (more || there.length === wanted.length);
  if (same && there.length > 0) return;
  const focused = document.activeElement?.closest("#content .cell");
  const key = focused && keyOf(focused);
  document.querySelector("#content").replaceChildren(...page.querySelector("#content").children);
  fillPendingPosters();
  announce(cells());
  document.dispatchEvent(new Event("searched"));
  if (key) cells().find((cell) => keyOf(cell) === key)?.querySelector(".card").focus({ preventScroll: true });
}

async function leave(cell) {
  const name = filenameOf(keyOf(cell));
  const title = titleOf(cell);
  const left = await post("/leave_position", { filename: name });
  if (!left) return;
  const next = cells()[cells().indexOf(cell) + 1] ?? cells().at(-2);
  cell.remove();
  next?.querySelector(".card")?.focus({ preventScroll: true });
  count(-1);
  document.dispatchEvent(new Event("left"));
  if (cells().length === 0) await refresh();
  notify(`${title} is off the list.`, {
    label: "Undo",
    act: async () => (await post("/put_back_position", { filename: name, seconds: left.seconds, at: left.at })) && refresh(),
  });
}

document.addEventListener("click", (event) => {
  const cell = isHere() && takenOff(event);
  if (cell) leave(cell);
});

if (isHere()) {
  const isAtTheTop = () => scrollY <= innerHeight && Number(document.querySelector(".heading").dataset.page) === 1;
  whenBack(() => isAtTheTop() && refresh());
}
