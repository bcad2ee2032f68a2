// What is to be seen at a moment: the storyboard's picture of it, its time, and the name of what is there.

import { clock } from "./clock.js";
import { player } from "./parts.js";
import { chapterAt, markerNear } from "./points.js";
import { lasts } from "./seeking.js";

const WIDTHS = { small: 120, usual: 176, full: 240 };
const SMALL = 560;

let storyboard;

/** The storyboard is fetched when somebody comes near, and not before. */
export function prepare() {
  storyboard ??= ask().catch(() => (storyboard = undefined));
}

async function ask() {
  const id = player.dataset.video;
  const response = await fetch(`/storyboards?video=${id}`);
  if (!response.ok) throw new Error(response.statusText);
  const found = (await response.json()).storyboards[id];
  if (found) Object.assign(new Image(), { src: found.picture });
  return found;
}

const widthNow = () => {
  if (player.clientWidth <= SMALL) return WIDTHS.small;
  return player.classList.contains("full") ? WIDTHS.full : WIDTHS.usual;
};

/** Fill a box with what is at a moment. */
export async function picture(box, seconds, near = 0) {
  const point = markerNear(seconds, near);
  box.querySelector(".when").textContent = clock(point?.seconds ?? seconds);
  box.querySelector(".what").textContent = point?.name ?? chapterAt(seconds)?.name ?? "";
  prepare();
  const found = await storyboard;
  const tile = box.querySelector(".glimpse");
  tile.hidden = !found;
  if (!found) return;
  const scale = widthNow() / Math.max(found.width, (found.height * 16) / 9);
  const number = Math.min(Math.floor((found.tiles * seconds) / lasts()), found.tiles - 1);
  const [column, row] = [number % found.columns, Math.floor(number / found.columns)];
  const rows = Math.ceil(found.tiles / found.columns);
  tile.style.width = `${found.width * scale}px`;
  tile.style.height = `${found.height * scale}px`;
  tile.style.backgroundImage = `url("${found.picture}")`;
  tile.style.backgroundSize = `${found.width * scale * found.columns}px ${found.height * scale * rows}px`;
  tile.style.backgroundPosition = `${-column * found.width * scale}px ${-row * found.height * scale}px`;
}
