/* Where the film is, and going elsewhere. One seek at a time: what is asked for meanwhile is where the next one goes, so
that a held key or a drawn finger never waits for frames that nobody wants any more. */

import { player, video } from "./parts.js";

const USUAL_RATE = 30;
const BROADCAST = 1.001;

let wanted = null;
let underWay = null;
let shown = null;

/** Seconds of the film; those that the server knows of until the file has told. */
export const lasts = () => (Number.isFinite(video.duration) ? video.duration : Number(player.dataset.duration));

/** Where the film is, or will be once the seek is through. */
export const place = () => wanted ?? video.currentTime;

/** Frames a second. What is told as 23.98 or 59.94 is 24000/1001 or 60000/1001: after some minutes that matters. */
function frameRate() {
  const told = Number(player.dataset.frameRate) || USUAL_RATE;
  if (Number.isInteger(told)) return told;
  const broadcast = Math.round(told * BROADCAST) / BROADCAST;
  return Math.abs(told - broadcast) < 0.01 ? broadcast : told;
}

export const frameLasts = () => 1 / frameRate();

const startOfFrame = (seconds) => Math.floor(seconds / frameLasts() + 1e-4) * frameLasts();

/** Show the frame of a moment: its middle is aimed at, for its edges are rounded in files and in browsers. */
export function seek(seconds) {
  const frame = frameLasts();
  const last = startOfFrame(Math.max(lasts() - frame / 2, 0));
  const start = Math.min(startOfFrame(Math.max(seconds, 0)), last);
  wanted = Math.min(start + frame / 2, lasts());
  if (!video.seeking) go();
  video.dispatchEvent(new Event("aimed"));
}

export const skip = (seconds) => seek(place() + seconds);

/** Some frames on, or back; a film of changing rate is asked which frame is in sight. */
export function step(frames) {
  video.pause();
  const start = wanted === null && shown !== null ? shown : startOfFrame(place());
  seek(start + (frames + 0.5) * frameLasts());
}

function go() {
  underWay = wanted;
  video.currentTime = wanted;
}

video.addEventListener("seeked", () => {
  if (wanted === null) return;
  if (wanted !== underWay) return go();
  wanted = underWay = null;
});

video.addEventListener("emptied", () => (wanted = underWay = shown = null));

if ("requestVideoFrameCallback" in video) {
  const note = (_now, { mediaTime }) => {
    shown = mediaTime;
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  video.addEventListener("seeking", () => (shown = null));
}
