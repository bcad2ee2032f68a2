// The search box: results while one types, offers below it, and the address that goes along.

import "./filters.js";
import "./smartlists.js";
import { moveThroughOffers, offer, stopOffering } from "./offers.js";
import { isLive, show } from "./results.js";

const PAUSE = 120;

const box = () => document.querySelector("#q");
let timer;
let typing = false;

const address = (text) => (text ? `/?${new URLSearchParams({ q: text })}` : "/");

/** One entry of the history for what is typed until Enter. */
function search(text) {
  show(address(text), typing ? "replace" : "push");
  typing = true;
}

document.addEventListener("input", (event) => {
  if (event.target !== box()) return;
  offer(box());
  clearTimeout(timer);
  if (isLive()) timer = setTimeout(() => search(box().value.trim()), PAUSE);
});

document.addEventListener("focusin", (event) => {
  if (event.target === box()) offer(box());
});

document.addEventListener("focusout", (event) => {
  if (event.target === box() && !event.relatedTarget?.closest("#offers")) stopOffering();
});

document.addEventListener("keydown", (event) => {
  if (event.target === box()) return moveThroughOffers(event, box());
  const elsewhere = !event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !elsewhere) return;
  event.preventDefault();
  box().focus();
  box().select();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.search")) return;
  stopOffering();
  if (!isLive()) return;
  event.preventDefault();
  clearTimeout(timer);
  const text = box().value.trim();
  if (address(text) !== location.pathname + location.search) search(text);
  typing = false;
});

document.addEventListener("searched", () => {
  const text = new URLSearchParams(location.search).get("q") ?? "";
  if (document.activeElement !== box() || text !== box().value.trim()) {
    if (!typing) box().value = text;
  }
});

addEventListener("popstate", () => {
  typing = false;
  clearTimeout(timer);
  show(location.href, "stay");
});
