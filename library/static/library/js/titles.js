// The title on the watch page: changed where it stands, with a way back.

import { filename, post } from "./api.js";
import { notify } from "./notice.js";
import { renameInPlace } from "./renaming.js";

const place = document.querySelector(".titled");
const show = place && renameInPlace(place, save);

const send = async (title) => (await post("/title", { filename: filename(), title }))?.title;

async function save(wanted) {
  const before = place.querySelector("h1").textContent;
  const title = await send(wanted);
  if (title && title !== before) notify("The title is changed.", { label: "Undo", act: () => takeBack(before) });
  return title;
}

async function takeBack(before) {
  const title = await send(before);
  if (title) show(title);
}
