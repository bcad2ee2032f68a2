// What the rest of the machine knows: media keys, the lock screen, and that the screen stays on while the film runs.

import { ACTS } from "./acts.js";
import { part, player, video } from "./parts.js";
import { lasts, place, seek, skip } from "./seeking.js";

const list = document.querySelector(".stage nav p a")?.textContent ?? "";

let lock = null;

function introduce() {
  const title = document.querySelector(".stage h1").textContent;
  const artwork = video.poster ? [{ src: video.poster, sizes: "640x360", type: "image/webp" }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({ title, album: list, artist: "Videoserver", artwork });
}

function handle(action, handler) {
  try {
    navigator.mediaSession.setActionHandler(action, handler);
  } catch {
    // This browser knows no such key.
  }
}

function tellPlace() {
  if (!(lasts() > 0) || !video.playbackRate) return;
  const position = Math.min(place(), lasts());
  navigator.mediaSession.setPositionState({ duration: lasts(), playbackRate: video.playbackRate, position });
}

async function stayAwake() {
  if (video.paused || document.hidden || (lock && !lock.released)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    if (video.paused) letSleep();
  } catch {
    // A battery that is low: the machine knows better.
  }
}

function letSleep() {
  lock?.release();
  lock = null;
}

if ("mediaSession" in navigator) {
  video.addEventListener("play", introduce, { once: true });
  handle("play", () => video.play());
  handle("pause", () => video.pause());
  handle("stop", () => video.pause());
  handle("seekbackward", ({ seekOffset }) => skip(-(seekOffset ?? 10)));
  handle("seekforward", ({ seekOffset }) => skip(seekOffset ?? 10));
  handle("seekto", ({ seekTime }) => seek(seekTime));
  if (player.querySelector('[data-act="previous"]:enabled')) handle("previoustrack", ACTS.previous);
  if (part("up-next")) handle("nexttrack", ACTS.next);
  for (const event of ["play", "pause", "seeked", "ratechange", "durationchange"]) video.addEventListener(event, tellPlace);
}

if ("wakeLock" in navigator) {
  video.addEventListener("play", stayAwake);
  document.addEventListener("visibilitychange", stayAwake);
  for (const event of ["pause", "ended", "emptied"]) video.addEventListener(event, letSleep);
}
