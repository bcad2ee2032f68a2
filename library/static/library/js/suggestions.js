// The suggestion queue: one video after another, its tags accepted and rejected by keys, mouse or touch.

import { post } from "./api.js";
import { notify } from "./notice.js";
import { show, showEnding, showLeft, showOffers } from "./suggestionview.js";

const page = document.querySelector("#suggestions");
const choice = page.querySelector(".choice");
const player = page.querySelector("video");
const field = page.querySelector("#own-tag");

const ACCEPTED = "accepted";
const REJECTED = "rejected";
const MOST = 9;
const SEEK_SECONDS = 10;

let queue; // of this sitting: {ids, after, place, total, passed}
let current; // the video: {…, offers, waiting, marked}
let steps = []; // what can be undone, the last one last
let loading = true; // no key may answer for a video that is not seen yet
let turn = Promise.resolve();

/** Do one thing after the other, in the order of the keys. */
const inTurn = (act) => (turn = turn.then(act, act));
const address = (id, action = "") => `${page.dataset.base}${id}/${action && `${action}/`}`;
const open = () => current.offers.filter((offer) => !offer.answer);

/** Read JSON. Resolves to null where that fails; the person has then been told. */
async function read(route) {
  try {
    const response = await fetch(route, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(30_000) });
    const answer = await response.json();
    if (response.ok) return answer;
    notify(answer.error);
  } catch {
    notify("The server doesn't answer. Try again in a moment.");
  }
  return null;
}

// --- The queue -----------------------------------------------------------------------------------------------

async function begin() {
  loading = true;
  steps = [];
  queue = { ids: [], place: -1, passed: 0, total: 0 };
  const query = new URLSearchParams(new FormData(choice));
  history.replaceState(null, "", `?${query}`);
  if (!(await fetchBatch())) return showEnding({ failed: true });
  queue.total = queue.left;
  await go(0);
}

async function fetchBatch() {
  const query = new URLSearchParams(new FormData(choice));
  if (queue.after) query.set("after", queue.after);
  const batch = await read(`${page.dataset.base}queue/?${query}`);
  if (batch) Object.assign(queue, { left: batch.left, after: batch.after, ids: [...queue.ids, ...batch.ids] });
  return batch;
}

/** Show the video at a place of the queue; resolves to whether it is shown. */
async function go(place) {
  loading = true;
  if (place >= queue.ids.length && queue.after && !(await fetchBatch())) return stay();
  if (place >= queue.ids.length) return end(place);
  const video = await read(address(queue.ids[place]));
  if (!video) return stay();
  queue.place = place;
  current = { ...video, offers: [], waiting: [] };
  offer(video.suggestions);
  show(current);
  refresh();
  loading = false;
  return true;
}

/** What could not be read leaves the page as it was. */
function stay() {
  if (current) loading = false;
  else showEnding({ failed: true });
  return false;
}

async function end(place) {
  const left = queue.total ? await read(`${page.dataset.base}queue/?${new URLSearchParams(new FormData(choice))}`) : { left: 0 };
  if (!left) return stay();
  queue.place = place;
  showLeft(queue);
  showEnding({ total: queue.total, left: left.left, few: choice.queue.value === "few", undo: steps.length > 0 });
  return true;
}

function next() {
  if (loading) return;
  loading = true;
  inTurn(async () => {
    queue.passed += 1;
    steps.push({ kind: "next", place: queue.place });
    if (await go(queue.place + 1)) return;
    steps.pop();
    queue.passed -= 1;
  });
}

// --- The offers ----------------------------------------------------------------------------------------------

/** Take up suggestions that are new. Those that are shown keep their number; more come when all are answered. */
function offer(suggestions) {
  const known = new Set(current.offers.map(({ tag }) => tag));
  const fresh = suggestions.filter(({ tag }) => !known.has(tag));
  const free = MOST - current.offers.length;
  current.offers.push(...fresh.slice(0, free));
  current.waiting = fresh.slice(free);
  if (open().length === 0 && current.waiting.length > 0) current.offers = current.waiting.splice(0, MOST);
}

function refresh() {
  if (!open().includes(current.marked)) current.marked = open()[0];
  showOffers(current);
  showLeft(queue);
  page.querySelector(".undo").disabled = steps.length === 0;
}

function take(answer) {
  current.tags = answer.tags;
  offer(answer.suggestions);
}

/** Answer an offer: seen at once, taken back when the server refuses. */
function answer(chosen, verdict) {
  if (loading || !chosen || chosen.answer) return;
  const { id } = current;
  if (current.marked === chosen) current.marked = open()[open().indexOf(chosen) + 1];
  chosen.answer = verdict;
  refresh();
  inTurn(async () => {
    const { evidence, name, tag } = chosen;
    const accepted = verdict === ACCEPTED;
    const reply = await post(address(id, accepted ? "accept" : "reject"), accepted ? { name, evidence } : { tag, evidence });
    if (!reply) delete chosen.answer;
    else {
      if (!accepted) steps.push({ kind: "rejection", id, tag });
      else if (reply.entry) steps.push({ kind: "entry", id, entry: reply.entry, tag });
      take(reply);
    }
    refresh();
  });
}

function addOwn(name) {
  const { id } = current;
  inTurn(async () => {
    const reply = await post(address(id, "accept"), { name });
    if (!reply) {
      field.value ||= name;
      return;
    }
    if (reply.entry) steps.push({ kind: "entry", id, entry: reply.entry });
    take(reply);
    for (const one of open()) if (reply.tags.includes(one.name)) one.answer = ACCEPTED;
    refresh();
  });
}

function undo() {
  inTurn(async () => {
    loading = true;
    await takeBack(steps.at(-1));
    loading = !page.querySelector(".ending").hidden;
  });
}

async function takeBack(step) {
  if (!step) return;
  if (step.kind === "next") {
    if (!(await go(step.place))) return;
    steps.pop();
    queue.passed -= 1;
    return refresh();
  }
  const reply = await post(address(step.id, "undo"), step.kind === "entry" ? { entry: step.entry } : { tag: step.tag });
  if (!reply) return;
  steps.pop();
  if (reply.kept.length > 0) notify(`Kept as it is: ${reply.kept.join("; ")}.`);
  const undone = current.offers.find(({ tag }) => tag === step.tag);
  if (undone) delete undone.answer;
  take(reply);
  if (undone) current.marked = undone;
  refresh();
}

// --- Keys, mouse and touch -----------------------------------------------------------------------------------

function mark(by) {
  const left = open();
  const place = left.indexOf(current.marked) + by;
  if (left[place]) current.marked = left[place];
  showOffers(current);
}

const toggle = () => (player.paused ? player.play().catch(() => {}) : player.pause());
const seek = (by) => (player.currentTime = Math.max(0, player.currentTime + by));

const KEYS = {
  Enter: next,
  KeyX: () => answer(current.marked, REJECTED),
  KeyA: () => answer(current.marked, ACCEPTED),
  KeyU: undo,
  Backspace: undo,
  KeyT: () => field.focus(),
  ArrowUp: () => mark(-1),
  ArrowDown: () => mark(1),
  ArrowLeft: () => seek(-SEEK_SECONDS),
  ArrowRight: () => seek(SEEK_SECONDS),
  Space: toggle,
};
const OF_THE_PLAYER = new Set(["Space", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
const OF_A_BUTTON = new Set(["Space", "Enter"]);

/** Letters go by what is on the key; digits by where it is, for Shift makes other signs of them. */
function keyOf({ code, key }) {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  return key.length > 1 ? key : code;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const at = event.target;
  const key = keyOf(event);
  if (at === field && key === "Escape") return field.blur();
  if (at.closest("input, select, textarea")) return;
  if (at.closest("button, a, summary") && OF_A_BUTTON.has(key)) return;
  if (at === player && OF_THE_PLAYER.has(key)) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(key)?.[1];
  const act = digit ? () => answer(current.offers[digit - 1], event.shiftKey ? REJECTED : ACCEPTED) : KEYS[key];
  if (!act || (event.repeat && !OF_THE_PLAYER.has(key)) || (!current && key !== "Enter")) return;
  event.preventDefault();
  act();
}

function clicked(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (event.detail > 0) button.blur(); // so that Enter goes on, for whoever has a mouse and keys
  const row = button.closest(".offers li");
  if (row) answer(current.offers[Number(row.dataset.place)], button.matches(".accept") ? ACCEPTED : REJECTED);
  else if (button.matches(".next")) next();
  else if (button.matches(".undo, .back")) undo();
  else if (button.matches(".again")) inTurn(begin);
}

function submitted(event) {
  event.preventDefault();
  const name = field.value.trim();
  field.value = "";
  if (loading || event.target !== field.form) return;
  if (name) return addOwn(name);
  field.blur();
  next();
}

/** The tags to choose from are fetched when somebody is about to choose. */
async function complete() {
  const { source } = field.list.dataset;
  if (!source) return;
  delete field.list.dataset.source;
  const answer = await read(source);
  if (answer) field.list.replaceChildren(...answer.tags.map((name) => new Option("", name)));
  else field.list.dataset.source = source;
}

document.addEventListener("keydown", pressed);
page.addEventListener("click", clicked);
page.addEventListener("submit", submitted);
field.addEventListener("focus", complete);
choice.addEventListener("change", (event) => {
  event.target.blur();
  inTurn(begin);
});
inTurn(begin);
