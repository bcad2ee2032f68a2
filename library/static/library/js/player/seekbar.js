/* The seek bar. The slider in it is for keyboards and screen readers; a pointer is followed by ourselves, to the pixel.
While the film rests its picture follows a drag; while it runs it goes where the drag ends. */

import { clock, spoken } from "./clock.js";
import { part, player, video } from "./parts.js";
import { chapterAt, markerNear, points } from "./points.js";
import { picture, prepare } from "./preview.js";
import { lasts, place, seek } from "./seeking.js";

const NEAR = 6;
const NEAR_A_FINGER = 10;
const LEAST_DRAG = 4;

const bar = part("seekbar");
const track = part("track");
const slider = part("seek");
const preview = part("preview");

let drag = null;
let running = false;

const shareAt = (x) => {
  const { left, width } = track.getBoundingClientRect();
  return Math.min(Math.max((x - left) / width, 0), 1);
};
const secondsOf = (pixels) => (pixels / track.clientWidth) * lasts();
const near = ({ pointerType }) => secondsOf(pointerType === "touch" ? NEAR_A_FINGER : NEAR);

function show() {
  const seconds = drag?.seconds ?? place();
  bar.style.setProperty("--played", lasts() > 0 ? Math.min(seconds / lasts(), 1) : 0);
  const shown = clock(seconds);
  slider.value = seconds;
  if (part("place").textContent === shown && slider.ariaValueText) return;
  const chapter = chapterAt(seconds)?.name ?? "";
  part("place").textContent = shown;
  part("chapter").textContent = chapter;
  slider.ariaValueText = `${spoken(seconds)} of ${spoken(lasts())}${chapter && `, ${chapter}`}`;
}

function run() {
  if (running) return;
  running = true;
  const frame = () => {
    show();
    if ((running = !video.paused && !player.classList.contains("idle"))) requestAnimationFrame(frame);
  };
  frame();
}

function showLength() {
  slider.max = lasts() || 1;
  part("lasts").textContent = clock(lasts());
  slider.ariaValueText = "";
  show();
  showPoints();
}

function showBuffered() {
  const ranges = Array.from(video.buffered, (_, index) => [video.buffered.start(index), video.buffered.end(index)]);
  part("buffered").replaceChildren(
    ...ranges.map(([start, end]) => {
      const range = document.createElement("span");
      range.style.left = `${(100 * start) / lasts()}%`;
      range.style.width = `${(100 * (end - start)) / lasts()}%`;
      return range;
    }),
  );
}

function showPoints() {
  const inside = points().filter(({ seconds, kind }) => seconds <= lasts() && (kind === "marker" || seconds > 0));
  part("points").replaceChildren(
    ...inside.map(({ seconds, kind }) => {
      const point = document.createElement("span");
      point.className = kind;
      point.style.left = `${(100 * seconds) / lasts()}%`;
      return point;
    }),
  );
}

function showPreview(event) {
  const share = shareAt(event.clientX);
  preview.hidden = false;
  picture(preview, share * lasts(), near(event)).then(() => placePreview(share));
  placePreview(share);
}

function placePreview(share) {
  const { left, right } = player.getBoundingClientRect();
  const here = track.getBoundingClientRect();
  const half = preview.offsetWidth / 2;
  const centre = Math.min(Math.max(here.left + share * here.width, left + half + 8), right - half - 8);
  preview.style.left = `${centre - bar.getBoundingClientRect().left - half}px`;
}

function hidePreview() {
  if (!drag) preview.hidden = true;
}

function follow(event) {
  drag.moved ||= Math.abs(event.clientX - drag.x) >= LEAST_DRAG;
  drag.seconds = shareAt(event.clientX) * lasts();
  if (video.paused && drag.moved) seek(drag.seconds);
  show();
}

function end(event) {
  if (!drag) return;
  const { moved, seconds } = drag;
  drag = null;
  player.classList.remove("dragging");
  if (event.type === "pointerup") seek(moved ? seconds : (markerNear(seconds, near(event))?.seconds ?? seconds));
  if (event.pointerType !== "mouse" || !bar.matches(":hover")) hidePreview();
  show();
}

bar.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  bar.setPointerCapture(event.pointerId);
  player.classList.add("dragging");
  drag = { x: event.clientX, moved: false };
  follow(event);
  showPreview(event);
});
bar.addEventListener("pointermove", (event) => {
  if (drag) follow(event);
  if (drag || event.pointerType === "mouse") showPreview(event);
});
bar.addEventListener("pointerup", end);
bar.addEventListener("pointercancel", end);
bar.addEventListener("pointerleave", hidePreview);
bar.addEventListener("pointerenter", prepare);
slider.addEventListener("input", () => seek(Number(slider.value)));

for (const event of ["loadedmetadata", "durationchange"]) video.addEventListener(event, showLength);
for (const event of ["timeupdate", "seeked", "seeking", "aimed"]) video.addEventListener(event, show);
for (const event of ["progress", "loadedmetadata", "timeupdate"]) video.addEventListener(event, showBuffered);
for (const event of ["playing", "play"]) video.addEventListener(event, run);
player.addEventListener("pointermove", () => !video.paused && run());
document.addEventListener("points", showLength);
showLength();
showBuffered();
