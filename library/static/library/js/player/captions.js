// Subtitles: which of the video's tracks is shown. The tracks are the page's, or come later.

import { part, player, video } from "./parts.js";
import { tell } from "./telling.js";

const KINDS = ["subtitles", "captions"];

let last;

const tracks = () => [...video.textTracks].filter((track) => KINDS.includes(track.kind));
const showing = () => tracks().find((track) => track.mode === "showing");
const nameOf = (track) => track.label || track.language || "Subtitles";

function show(track) {
  last = track ?? last;
  for (const other of tracks()) other.mode = other === track ? "showing" : "disabled";
}

/** Off, or on with those that were on before. */
export function captions() {
  const there = tracks();
  if (!there.length) return tell("No subtitles");
  const on = showing();
  if (on) last = on;
  show(on ? null : there.includes(last) ? last : there[0]);
  tell(on ? "Subtitles off" : nameOf(showing()));
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
list();
