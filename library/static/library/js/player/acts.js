// All that the player can do, by the names that buttons, keys and gestures know it by.

import { aside } from "./aside.js";
import { captions } from "./captions.js";
import { clock } from "./clock.js";
import { fullscreen } from "./full.js";
import { help } from "./help.js";
import { keep, kept } from "./kept.js";
import { next, previous, stay } from "./listed.js";
import { loop } from "./loop.js";
import { mark } from "./markers.js";
import { video } from "./parts.js";
import { lasts, seek, skip, step } from "./seeking.js";
import { toPoint } from "./points.js";
import { SPEEDS, setSpeed } from "./speed.js";
import { tell } from "./telling.js";

const percent = (share) => `${Math.round(100 * share)} %`;

export function toggle() {
  if (!video.paused) return video.pause();
  video.play().catch(() => {});
}

export function setVolume(volume) {
  video.volume = Math.min(Math.max(Math.round(volume * 100) / 100, 0), 1);
  video.muted = video.volume === 0;
}

function louder(by) {
  setVolume((video.muted ? 0 : video.volume) + by);
  tell(`Volume ${percent(video.volume)}`);
}

function mute() {
  if (video.muted && video.volume === 0) video.volume = 0.5;
  video.muted = !video.muted;
  tell(video.muted ? "Sound off" : `Volume ${percent(video.volume)}`);
}

function skipAndTell(seconds) {
  skip(seconds);
  tell(`${seconds < 0 ? "−" : "+"}${Math.abs(seconds)} s`);
}

function faster(by) {
  const next = by > 0 ? SPEEDS.find((speed) => speed > video.playbackRate) : SPEEDS.findLast((speed) => speed < video.playbackRate);
  setSpeed(next ?? video.playbackRate);
  tell(`${video.playbackRate}×`);
}

function part(tenths) {
  seek((lasts() * tenths) / 10);
  tell(clock((lasts() * tenths) / 10));
}

function star(stars) {
  document.querySelector(`.rating input[value="${stars}"]`)?.click();
  tell(`${"★".repeat(stars)}${"☆".repeat(5 - stars)}`);
}

/** What lies below the player can't be reached in full screen. */
const below = (act) => () => document.fullscreenElement ?? act();

export const ACTS = {
  toggle,
  mute,
  fullscreen,
  aside,
  captions,
  loop,
  mark,
  help,
  next,
  previous,
  stay,
  part,
  star,
  retitle: below(() => document.querySelector(".titled [data-rename]").click()),
  tag: below(() => document.querySelector("#new-tag").focus()),
  skip: skipAndTell,
  back: () => skipAndTell(-10),
  forward: () => skipAndTell(10),
  "frame-back": () => step(-1),
  "frame-on": () => step(1),
  louder: () => louder(0.05),
  quieter: () => louder(-0.05),
  faster: () => faster(1),
  slower: () => faster(-1),
  first: () => seek(0),
  last: () => seek(lasts()),
  "point-before": () => toPoint(-1),
  "point-after": () => toPoint(1),
};

video.volume = Math.min(Math.max(kept("volume", 1), 0), 1);
video.muted = kept("muted", false);
video.addEventListener("volumechange", () => {
  keep("volume", video.volume);
  keep("muted", video.muted);
});
