// Ways to go on, below the search box: arrow keys and Enter choose, Escape closes.

import { get } from "./api.js";
import { keptLists } from "./smartlists.js";

const PAUSE = 60;

const list = () => document.querySelector("#offers");
const options = () => [...list().querySelectorAll("[role=option]")];
const active = () => list().querySelector("[aria-selected=true]");

let timer;
let asking;

/** Offer what may follow where the cursor is. */
export function offer(box) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(box), PAUSE);
}

export function stopOffering() {
  clearTimeout(timer);
  asking?.abort();
  fill([]);
}

async function ask(box) {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ q: box.value, at: box.selectionStart ?? box.value.length });
  const kept = box.value.trim() ? [] : await keptLists();
  const found = await get(`${list().dataset.source}?${query}`, asking.signal);
  if (!found || document.activeElement !== box) return;
  const lists = kept.slice(0, 5).map(({ name, query }) => ({ label: name, detail: "smart list", text: query }));
  fill([...lists, ...found.offers]);
}

function fill(offers) {
  list().replaceChildren(...offers.map(option));
  list().hidden = offers.length === 0;
  const box = document.querySelector("#q");
  box.setAttribute("aria-expanded", String(offers.length > 0));
  box.removeAttribute("aria-activedescendant");
}

function option({ label, detail, text, cursor }, number) {
  const item = document.createElement("li");
  item.id = `offer-${number}`;
  item.role = "option";
  item.setAttribute("aria-selected", "false");
  item.dataset.text = text;
  item.dataset.cursor = cursor ?? text.length;
  for (const [name, content] of [["b", label], ["span", detail]]) {
    item.append(Object.assign(document.createElement(name), { textContent: content }));
  }
  return item;
}

function select(item) {
  active()?.setAttribute("aria-selected", "false");
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  const box = document.querySelector("#q");
  if (item) box.setAttribute("aria-activedescendant", item.id);
  else box.removeAttribute("aria-activedescendant");
}

function choose(item, box) {
  box.value = item.dataset.text;
  box.setSelectionRange(Number(item.dataset.cursor), Number(item.dataset.cursor));
  fill([]);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** What a key means for the offers. Without one chosen, Enter searches. */
export function moveThroughOffers(event, box) {
  const known = options();
  if (known.length === 0 || event.isComposing) return;
  const place = known.indexOf(active());
  const to = { ArrowDown: place + 1, ArrowUp: place < 0 ? known.length - 1 : place - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    select(known[to]);
  } else if (event.key === "Enter" && place >= 0) {
    event.preventDefault();
    choose(known[place], box);
  } else if (event.key === "Escape") {
    event.preventDefault();
    stopOffering();
  }
}

document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest?.("#offers [role=option]");
  if (!item) return;
  event.preventDefault(); // the box keeps the focus
  choose(item, document.querySelector("#q"));
});
