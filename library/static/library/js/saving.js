// Playlists: a new one by its name, and on a watch page those that hold the video.

import { filename, get, post } from "./api.js";
import { settle } from "./menus.js";

const list = (menu) => menu.querySelector(".holders");

function choice(menu, { id, name, holds }) {
  const item = menu.querySelector("template").content.cloneNode(true);
  const box = item.querySelector("input");
  box.value = id;
  box.checked = holds;
  item.querySelector("span").textContent = name;
  return item;
}

async function offer(menu) {
  const query = new URLSearchParams({ filename: filename() });
  const found = await get(`${list(menu).dataset.source}?${query}`);
  if (!found) return;
  list(menu).replaceChildren(...found.playlists.map((playlist) => choice(menu, playlist)));
  settle(menu);
}

// The playlists are fetched when somebody is about to choose; a new one waits for them, lest an older answer replace it.
let offered;
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("details.saving[open]")) offered = offer(target);
  },
  true,
);

document.addEventListener("change", async (event) => {
  const box = event.target.closest(".saving .holders input");
  if (!box) return;
  const route = box.checked ? "/add_to_playlist" : "/remove_from_playlist";
  const wanted = box.checked;
  const answer = await post(route, { id: Number(box.value), filename: filename() });
  if (!answer && box.checked === wanted) box.checked = !wanted;
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.new-playlist");
  if (!form) return;
  event.preventDefault();
  const field = form.elements.name;
  const name = field.value.trim();
  if (!name) return field.focus();
  const menu = form.closest(".saving");
  await offered;
  const made = await post("/new_playlist", menu ? { name, filename: filename() } : { name });
  if (!made) return;
  field.value = "";
  if (!menu) return location.assign(made.url);
  list(menu).prepend(choice(menu, { ...made, holds: true }));
  field.focus();
});
