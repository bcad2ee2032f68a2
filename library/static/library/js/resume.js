// Each video goes on where it was left: its place is asked for when the page is there, and said while it plays, when it
// stops, and when the page is left.

import { filename, post } from "./api.js";
import { notify } from "./notice.js";
import { clock } from "./player/clock.js";
import { positionsOf, whenBack } from "./progress.js";
import { showMark } from "./toggles.js";

const INTERVAL = 10_000;
const TRY_AGAIN_AFTER = 3000;
const SAME = 1; // seconds

const number = document.querySelector("[data-watching]")?.dataset.watching;
const video = document.querySelector(".player video");

// The place that the server knows. Before that is known only who went to another says theirs, lest a better be lost.
let saved;
let savedAt = 0;
let played = false;
let moved = false; // by somebody who knows where to go

const addressTellsTime = () => /[#&]t=/.test(location.hash);
const hasLength = () => video.readyState >= video.HAVE_METADATA;

/** When the length is known, until which there is nowhere to go. */
const whenLengthIsKnown = () =>
  new Promise((resolve) => {
    if (hasLength()) resolve();
    else video.addEventListener("loadedmetadata", resolve, { once: true });
  });

function goTo(seconds) {
  saved = seconds;
  video.currentTime = seconds;
  notify(`Goes on at ${clock(seconds)}.`, { label: "Start from the beginning", act: startOver });
}

function startOver() {
  video.currentTime = 0;
  video.play().catch(() => {});
}

async function place() {
  const { seconds = 0, watched = false } = (await positionsOf([number]))[number] ?? {};
  return { seconds, watched };
}

async function resume() {
  const found = await place().catch(() => null);
  if (!found) {
    setTimeout(resume, TRY_AGAIN_AFTER);
    return;
  }
  await whenLengthIsKnown();
  if (found.seconds > 0 && !moved && !addressTellsTime()) goTo(found.seconds);
  else saved = found.seconds;
}

/** Another browser may have gone on meanwhile. */
async function catchUp() {
  if (saved === undefined || !video.paused) return;
  const found = await place().catch(() => null);
  if (!found || !video.paused) return;
  showMark("watched", found.watched);
  if (found.seconds > 0 && Math.abs(found.seconds - saved) > SAME) goTo(found.seconds);
}

async function save() {
  const seconds = video.currentTime;
  if ((saved === undefined && !moved) || !played || Math.abs(seconds - saved) < SAME / 2) return;
  const before = saved;
  saved = seconds;
  savedAt = performance.now();
  const duration = Number.isFinite(video.duration) ? video.duration : null;
  const kept = await post("/position", { filename: filename(), seconds, duration }, { quiet: true });
  if (!kept) {
    if (saved === seconds) saved = before;
    return;
  }
  saved = kept.seconds || seconds;
  if (kept.finished) showMark("watched", true);
}

const saveNowAndThen = () => performance.now() - savedAt >= INTERVAL && save();

function begin() {
  video.addEventListener("playing", () => {
    if (!played) savedAt = performance.now();
    played = true;
  });
  video.addEventListener("seeking", () => (moved = true));
  video.addEventListener("timeupdate", saveNowAndThen);
  for (const event of ["pause", "ended", "seeked"]) video.addEventListener(event, () => (video.paused ? save() : null));
  document.addEventListener("visibilitychange", () => document.hidden && save());
  document.addEventListener("click", (event) => event.target.closest("a[href]") && save(), { capture: true });
  addEventListener("pagehide", save);
  whenBack(catchUp);
  document.addEventListener("click", (event) => {
    if (event.target.closest("button.watched")) saved = video.currentTime; // what plays on is said again
  });
  resume();
}

if (number && video) begin();
