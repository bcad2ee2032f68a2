// Full screen, with the controls; an iPhone knows only its own.

import { acting, player, video } from "./parts.js";

const isFull = () => document.fullscreenElement === player;

export async function fullscreen() {
  if (isFull()) return document.exitFullscreen();
  if (!player.requestFullscreen) return video.webkitEnterFullscreen?.();
  await player.requestFullscreen().catch(() => {});
  if (video.videoWidth > video.videoHeight) screen.orientation?.lock?.("landscape").catch(() => {});
}

document.addEventListener("fullscreenchange", () => {
  player.classList.toggle("full", isFull());
  for (const button of acting("fullscreen")) {
    button.ariaLabel = isFull() ? "Leave full screen" : "Full screen";
    button.title = `${button.ariaLabel} (F)`;
  }
});
