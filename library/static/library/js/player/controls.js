// The buttons: what they do, and how they show what is.

import { ACTS, setVolume } from "./acts.js";
import { acting, part, player, video } from "./parts.js";

const SLOW = 400;

let waiting;

// Who presses with a pointer means the button once: Space then plays, and doesn't press it again.
player.addEventListener("click", ({ target, detail }) => {
  const button = target.closest("[data-act]");
  if (!button) return;
  if (detail > 0 && !button.closest(".sheet")) player.focus({ preventScroll: true });
  ACTS[button.dataset.act]();
});
part("volume").addEventListener("pointerup", () => player.focus({ preventScroll: true }));

part("volume").addEventListener("input", ({ target }) => setVolume(Number(target.value)));

function showPlaying() {
  player.classList.toggle("paused", video.paused);
  for (const button of acting("toggle")) button.ariaLabel = video.paused ? "Play" : "Pause";
}

function showVolume() {
  const volume = video.muted ? 0 : video.volume;
  player.dataset.sound = volume === 0 ? "muted" : volume < 0.5 ? "quiet" : "loud";
  part("volume").value = volume;
  part("volume").style.setProperty("--share", volume);
  part("volume").ariaValueText = `${Math.round(100 * volume)} %`;
  for (const button of acting("mute")) button.ariaLabel = volume === 0 ? "Sound on" : "Mute";
}

function showWaiting(is) {
  clearTimeout(waiting);
  if (is) waiting = setTimeout(() => player.classList.add("waiting"), SLOW);
  else player.classList.remove("waiting");
}

for (const event of ["play", "pause", "ended"]) video.addEventListener(event, showPlaying);
for (const event of ["waiting", "seeking"]) video.addEventListener(event, () => showWaiting(true));
for (const event of ["playing", "seeked", "canplay", "pause", "error"]) video.addEventListener(event, () => showWaiting(false));
video.addEventListener("play", () => player.classList.remove("fresh"));
video.addEventListener("volumechange", showVolume);
showPlaying();
showVolume();
