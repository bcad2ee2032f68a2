// The moments that a person marks: set at once, named in the list below the player, and taken back with one press.

import { filename, post } from "../api.js";
import { notify } from "../notice.js";
import { clock } from "./clock.js";
import { frameLasts, place } from "./seeking.js";
import { tell } from "./telling.js";

const section = document.querySelector(".markers");
const list = section.querySelector("ol");

const secondsOf = (row) => Number(row.dataset.seconds);

function changed() {
  section.hidden = !list.children.length;
  document.dispatchEvent(new Event("points"));
}

function insert({ id, seconds, name }) {
  const row = section.querySelector("#marker-row").content.cloneNode(true).firstElementChild;
  const when = clock(seconds);
  Object.assign(row.dataset, { marker: id, seconds, name });
  row.querySelector(".when").textContent = when;
  row.querySelector(".go").ariaLabel = `Go to ${when}`;
  row.querySelector(".marker-name").ariaLabel = `Name of the marker at ${when}`;
  row.querySelector(".marker-name").value = name;
  row.querySelector("[data-unmark]").ariaLabel = `Delete the marker at ${when}`;
  list.insertBefore(row, [...list.children].find((other) => secondsOf(other) > seconds) ?? null);
  changed();
  return row;
}

async function add(seconds, name) {
  const answer = await post("/add_marker", { filename: filename(), seconds, name });
  return answer && insert(answer);
}

/** Mark the moment that is in sight. */
export async function mark() {
  const seconds = Math.max(place(), 0);
  const there = [...list.children].find((row) => Math.abs(secondsOf(row) - seconds) < frameLasts() / 2);
  if (there) return tell(`Marked already: ${there.dataset.name || clock(seconds)}`);
  if (await add(seconds, "")) tell(`Marked ${clock(seconds)}`);
}

async function rename(row, input) {
  const before = row.dataset.name;
  if (input.value.trim() === before) return;
  const answer = await post("/rename_marker", { id: Number(row.dataset.marker), name: input.value });
  input.value = row.dataset.name = answer ? answer.name : before;
  changed();
}

async function remove(row) {
  const { marker, name } = row.dataset;
  const seconds = secondsOf(row);
  const focused = row.contains(document.activeElement);
  const beside = row.nextElementSibling ?? row.previousElementSibling;
  if (!(await post("/delete_marker", { id: Number(marker) }))) return;
  row.remove();
  changed();
  if (focused) beside?.querySelector("[data-unmark]").focus();
  notify(`The marker at ${clock(seconds)} is deleted.`, { label: "Undo", act: () => add(seconds, name) });
}

list.addEventListener("change", ({ target }) => target.matches(".marker-name") && rename(target.closest("li"), target));
list.addEventListener("keydown", ({ key, target }) => key === "Enter" && target.matches(".marker-name") && target.blur());
list.addEventListener("click", ({ target }) => target.closest("[data-unmark]") && remove(target.closest("li")));
