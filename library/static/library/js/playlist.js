// A playlist's own page: its order, its name, its end. What is done is shown at once, and taken back when it is refused.

import { post } from "./api.js";
import { drag } from "./dragging.js";
import { notify } from "./notice.js";
import { renameInPlace } from "./renaming.js";

const heading = document.querySelector("[data-playlist]");
const list = document.querySelector(".items");
const id = Number(heading?.dataset.playlist);
const first = Number(list?.dataset.first);
const pageSize = Number(list?.dataset.pageSize);

const items = () => [...list.children];
const placeOf = (item) => first + items().indexOf(item);
const total = () => Number(heading.querySelector("[data-number]").textContent);
const tell = (text) => (document.querySelector("[data-told]").textContent = text);
const tellPlace = (item, place) => tell(`${item.dataset.title} is now ${place + 1} of ${total()}`);

function count(change) {
  heading.querySelector("[data-number]").textContent = total() + change;
  heading.querySelector("[data-plural]").textContent = total() === 1 ? "" : "s";
  document.querySelector("#content > .empty").hidden = items().length > 0;
}

// --- Order ---

function put(item, place) {
  const focused = item.contains(document.activeElement) ? document.activeElement : null;
  const others = items().filter((other) => other !== item);
  list.insertBefore(item, others[place - first] ?? null);
  focused?.focus();
}

async function keep(item, place, before) {
  tellPlace(item, place);
  const answer = await post("/move_in_playlist", { id, filename: item.dataset.filename, place });
  if (!answer) put(item, before);
}

const targets = {
  first: () => 0,
  last: () => total() - 1,
  up: (place) => Math.max(place - 1, 0),
  down: (place) => Math.min(place + 1, total() - 1),
};

async function move(item, way) {
  const before = placeOf(item);
  const place = targets[way](before);
  if (place === before) return tellPlace(item, place);
  const isHere = place >= first && place < first + items().length;
  if (isHere) {
    put(item, place);
    return keep(item, place, before);
  }
  const answer = await post("/move_in_playlist", { id, filename: item.dataset.filename, place });
  if (answer) location.assign(`?page=${Math.floor(place / pageSize) + 1}`);
}

const KEYS = { ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last" };

list?.addEventListener("keydown", (event) => {
  if (!event.target.closest(".handle") || !KEYS[event.key]) return;
  event.preventDefault();
  move(event.target.closest(".item"), KEYS[event.key]);
});

list?.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".handle") || event.button !== 0) return;
  const item = event.target.closest(".item");
  const before = placeOf(item);
  drag(event, item, (changed) => changed && keep(item, placeOf(item), before));
});

list?.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  const { move: way } = event.target.dataset;
  if (way) {
    item.querySelector("details").open = false;
    item.querySelector("summary").focus();
    move(item, way);
  } else if (event.target.closest("[data-remove-item]")) {
    remove(item);
  }
});

// --- Removing, with a way back ---

async function remove(item) {
  const answer = await post("/remove_from_playlist", { id, filename: item.dataset.filename });
  if (!answer) return;
  const neighbour = item.nextElementSibling ?? item.previousElementSibling;
  item.querySelector("details").open = false;
  item.remove();
  count(-1);
  (neighbour?.querySelector(".handle") ?? heading.querySelector("[data-rename]")).focus();
  notify(`Removed “${item.dataset.title}”.`, { label: "Undo", act: () => putBack(item, answer.place) });
}

async function putBack(item, place) {
  const answer = await post("/add_to_playlist", { id, filename: item.dataset.filename, place });
  if (!answer) return;
  put(item, place);
  count(+1);
  item.querySelector(".handle").focus();
}

// --- Name ---

if (heading) renameInPlace(heading, async (name) => (await post("/rename_playlist", { id, name }))?.name);

// --- End ---

const dialog = document.querySelector("dialog.dialog");

heading?.addEventListener("click", (event) => event.target.closest("[data-delete]") && dialog.showModal());

dialog?.addEventListener("close", async () => {
  if (dialog.returnValue === "delete" && (await post("/delete_playlist", { id }))) {
    location.assign(heading.dataset.playlists);
  }
});
