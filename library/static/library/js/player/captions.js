// Subtitles: which of the video's tracks is shown. What was chosen for one video, and whether it is off, holds for the
// next. The tracks are the page's, or come later.

import { keep, kept } from "./kept.js";
import { part, player, video } from "./parts.js";
import { tell } from "./telling.js";

const KINDS = ["subtitles", "captions"];

const tracks = () => [...video.textTracks].filter((track) => KINDS.includes(track.kind));
const showing = () => tracks().find((track) => track.mode === "showing");
const nameOf = (track) => track.label || track.language || "Subtitles";
const base = (language) => language.split("-")[0];

/** {language, label, off}: of those that were chosen last, in any video, and whether none is shown now. */
const chosen = () => kept("subtitles", {});

let last;
let shown;

/** The track that comes closest to what was chosen: its label, else its language, else a kin of that. */
function closest() {
  const { language, label } = chosen();
  if (language === undefined) return undefined;
  const found = tracks();
  return (
    found.find((track) => track.language === language && track.label === label) ??
    found.find((track) => track.language === language) ??
    found.find((track) => base(track.language) === base(language))
  );
}

function show(track) {
  last = track ?? last;
  for (const other of tracks()) {
    const mode = other === track ? "showing" : "disabled";
    if (other.mode !== mode) other.mode = mode;
  }
}

/** Off, or on with those that were on before. */
export function captions() {
  const there = tracks();
  if (!there.length) return tell("No subtitles");
  const on = showing();
  last = on ?? last;
  show(on ? null : there.includes(last) ? last : (closest() ?? there[0]));
  tell(on ? "Subtitles off" : nameOf(showing()));
}

function remember() {
  const now = showing();
  if (now === shown) return;
  shown = now;
  keep("subtitles", now ? { language: now.language, label: now.label, off: false } : { ...chosen(), off: true });
}

function choice(track, number) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "track", value: number });
  input.checked = (track ?? null) === (showing() ?? null);
  input.addEventListener("change", () => show(track));
  const words = Object.assign(document.createElement("span"), { textContent: track ? nameOf(track) : "Off" });
  label.className = "choice";
  label.append(input, words);
  return label;
}

function list() {
  const there = tracks();
  const focused = document.activeElement?.closest("[data-part=tracks] input")?.value;
  part("captions-button").hidden = !there.length;
  part("captions-button").classList.toggle("on", Boolean(showing()));
  const legend = part("tracks").querySelector("legend");
  part("tracks").replaceChildren(legend, choice(null, 0), ...there.map((track, index) => choice(track, index + 1)));
  if (focused) player.querySelector(`input[name="track"][value="${focused}"]`)?.focus();
}

for (const event of ["addtrack", "removetrack", "change"]) video.textTracks.addEventListener(event, list);
video.textTracks.addEventListener("change", remember);

show(chosen().off ? null : closest());
shown = showing();
list();
