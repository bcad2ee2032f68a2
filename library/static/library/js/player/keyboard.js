/* The keys of the big sites. Fields and menus keep theirs; buttons and links their space and Enter; up and down scroll
the page, but in the player and in full screen. */

import { ACTS } from "./acts.js";
import { part, player } from "./parts.js";
import { wake } from "./showing.js";

const KEYS = {
  " ": ["toggle"],
  k: ["toggle"],
  j: ["back"],
  l: ["forward"],
  ArrowLeft: ["skip", -5],
  ArrowRight: ["skip", 5],
  ArrowUp: ["louder"],
  ArrowDown: ["quieter"],
  Home: ["first"],
  End: ["last"],
  ",": ["frame-back"],
  ".": ["frame-on"],
  "<": ["slower"],
  ">": ["faster"],
  f: ["fullscreen"],
  m: ["mute"],
  c: ["captions"],
  i: ["aside"],
  r: ["loop"],
  b: ["mark"],
  "[": ["point-before"],
  "]": ["point-after"],
  n: ["next"],
  p: ["previous"],
  e: ["retitle"],
  t: ["tag"],
  "?": ["help"],
};
const AGAIN = new Set(["skip", "back", "forward", "louder", "quieter", "frame-back", "frame-on"]);
const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), select, textarea, [contenteditable], dialog, .sheet, .menu-panel";

/** What a key means where it is pressed: digits by their place on the keyboard, whatever Shift makes of them. */
function meant({ key, code, shiftKey, target }) {
  const digit = key in KEYS ? undefined : /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  if (digit && !shiftKey && /^[0-9]$|^[^a-z0-9]$/i.test(key)) return ["part", Number(digit)];
  if (digit && code.startsWith("Digit")) return "12345".includes(digit) ? ["star", Number(digit)] : undefined;
  const found = KEYS[key] ?? (shiftKey && !/[np]/i.test(key) ? undefined : KEYS[key.toLowerCase()]);
  if (!found) return undefined;
  const inPlayer = player.contains(target) || document.fullscreenElement === player;
  if (key === " " && target.closest("button, a, summary, [type=radio], [type=checkbox]")) return undefined;
  if (key.startsWith("Arrow") && target.matches("[type=radio]")) return undefined;
  if (["ArrowUp", "ArrowDown", "Home", "End"].includes(key) && !inPlayer) return undefined;
  if (target === part("volume") && key.startsWith("Arrow")) return key.endsWith("Up") || key.endsWith("Right") ? ["louder"] : ["quieter"];
  return found;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.target.closest?.(TYPING)) return;
  const found = meant(event);
  if (!found) {
    if (player.contains(event.target)) wake();
    return;
  }
  const [act, argument] = found;
  if (!ACTS[act]) return;
  event.preventDefault();
  wake();
  if (!event.repeat || AGAIN.has(act)) ACTS[act](argument);
});
