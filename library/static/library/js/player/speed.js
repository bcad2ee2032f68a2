// How fast the film runs: remembered for the next one.

import { keep, kept } from "./kept.js";
import { player, video } from "./parts.js";

const choices = () => [...player.querySelectorAll('input[name="speed"]')];

export const SPEEDS = choices().map((choice) => Number(choice.value));

/** For this film alone; `setSpeed` is for those to come too. */
export function run(speed) {
  video.playbackRate = video.defaultPlaybackRate = speed;
}

export function setSpeed(speed) {
  run(speed);
  keep("speed", speed);
}

function show() {
  for (const choice of choices()) choice.checked = Number(choice.value) === video.playbackRate;
}

video.addEventListener("ratechange", show);

const speed = kept("speed", 1);
run(SPEEDS.includes(speed) ? speed : 1);
show();
