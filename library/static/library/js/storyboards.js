// Which cards have a storyboard: asked for when a pointer first comes to one, for those around it too.

import { follow } from "./hovering.js";

const AROUND = 60;

const asked = new WeakSet();

async function ask(boxes) {
  const query = new URLSearchParams(boxes.map((box) => ["video", box.dataset.video]));
  const response = await fetch(`/storyboards?${query}`);
  if (!response.ok) throw new Error(response.statusText);
  const { storyboards } = await response.json();
  for (const box of boxes) {
    const { picture, tiles, columns, width, height } = storyboards[box.dataset.video] ?? {};
    if (!picture) continue;
    Object.assign(box.dataset, { tiles, columns, tileWidth: width, tileHeight: height, fit: "cover", storyboard: picture });
  }
  follow();
}

document.addEventListener("pointerover", ({ target }) => {
  const box = target.closest?.(".poster[data-video]");
  if (!box || asked.has(box) || box.dataset.storyboard) return;
  const all = [...document.querySelectorAll(".poster[data-video]:not([data-storyboard])")];
  const place = all.indexOf(box);
  const boxes = all.slice(Math.max(place - AROUND, 0), place + AROUND).filter((other) => !asked.has(other));
  for (const other of boxes) asked.add(other);
  ask(boxes).catch(() => boxes.forEach((other) => asked.delete(other)));
});
