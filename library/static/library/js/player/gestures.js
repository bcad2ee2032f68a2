/* The picture under a pointer. A mouse: click to play or pause, twice for full screen. A finger: a tap shows the controls
or hides them, two at a side skip, each further one more; drawn sideways it seeks, held it runs at double speed. */

import { ACTS, toggle } from "./acts.js";
import { part, player, video } from "./parts.js";
import { picture } from "./preview.js";
import { lasts, place, seek, skip } from "./seeking.js";
import { run } from "./speed.js";
import { isIdle, rest, wake } from "./showing.js";
import { tell } from "./telling.js";

const TWICE = 300;
const HOLD = 500;
const LEAST_DRAG = 12;
const SKIP = 10;
const ACROSS = 180;

const scrub = part("scrub");

let touch = null;
let taps = { at: -Infinity, side: 0, skipped: 0 };
let hiding;
let byMouse = true;

const sideOf = (x) => {
  const { left, width } = player.getBoundingClientRect();
  const share = (x - left) / width;
  return share < 1 / 3 ? -1 : share > 2 / 3 ? 1 : 0;
};

function begin({ clientX, clientY, pointerId }) {
  touch = { x: clientX, y: clientY, pointerId, at: performance.now(), from: place(), to: null, speed: null };
  touch.timer = setTimeout(holdDown, HOLD);
}

function holdDown() {
  if (video.paused) return;
  touch.speed = video.playbackRate;
  run(2);
  tell("2×");
}

function move(event) {
  const [dx, dy] = [event.clientX - touch.x, event.clientY - touch.y];
  if (touch.to === null) {
    if (touch.speed !== null || Math.abs(dx) < LEAST_DRAG || Math.abs(dx) < Math.abs(dy)) return;
    clearTimeout(touch.timer);
    video.setPointerCapture(touch.pointerId);
    player.classList.add("dragging");
    scrub.hidden = false;
  }
  const seconds = touch.from + (dx / player.clientWidth) * Math.min(lasts(), ACROSS);
  touch.to = Math.min(Math.max(seconds, 0), lasts());
  picture(scrub, touch.to);
  if (video.paused) seek(touch.to);
}

function end(event) {
  const { to, speed, timer, at } = touch;
  clearTimeout(timer);
  touch = null;
  scrub.hidden = true;
  player.classList.remove("dragging");
  if (speed !== null) run(speed);
  else if (event.type !== "pointerup") return;
  else if (to !== null) seek(to);
  else if (performance.now() - at < HOLD) tap(event);
}

function tap({ clientX, timeStamp }) {
  const side = sideOf(clientX);
  const again = timeStamp - taps.at < TWICE && side === taps.side;
  taps = { at: timeStamp, side, skipped: again ? taps.skipped : 0 };
  clearTimeout(hiding);
  if (again && side === 0) return toggle();
  if (again) {
    skip(side * SKIP);
    taps.skipped += SKIP;
    return tell(`${side < 0 ? "−" : "+"}${taps.skipped} s`);
  }
  if (isIdle()) wake();
  else hiding = setTimeout(rest, TWICE);
}

video.addEventListener("pointerdown", (event) => {
  byMouse = event.pointerType !== "touch";
  if (!byMouse && event.isPrimary) begin(event);
});
video.addEventListener("pointermove", (event) => touch && event.pointerId === touch.pointerId && move(event));
for (const event of ["pointerup", "pointercancel"]) video.addEventListener(event, (ended) => touch && end(ended));
video.addEventListener("contextmenu", (event) => byMouse || event.preventDefault());
video.addEventListener("click", () => {
  player.focus({ preventScroll: true });
  if (byMouse) toggle();
});
video.addEventListener("dblclick", () => byMouse && ACTS.fullscreen());
