// A word or two upon the picture about what a key or a gesture did.

import { part } from "./parts.js";

const LONG_ENOUGH = 900;

let timer;

export function tell(text) {
  const told = part("told");
  told.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => (told.textContent = ""), LONG_ENOUGH);
}
