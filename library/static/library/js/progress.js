// How far somebody is in the videos of this page: asked for when the page is there, drawn along the posters' lower edge.

const MOST_AT_ONCE = 200;
const ON_ITS_WAY = [1000, 5000]; // what a page that was just left has still to say

const known = new Map();

const posters = () => [...document.querySelectorAll(".card > .poster[data-video]")];
const numberOf = (poster) => poster.dataset.video;

/** Where somebody is in these videos, by their numbers: `{seconds, part, watched}` each, none where it was not begun. */
export async function positionsOf(numbers) {
  const response = await fetch(`/positions?${new URLSearchParams(numbers.map((number) => ["video", number]))}`);
  if (!response.ok) throw new Error(response.statusText);
  return (await response.json()).positions;
}

/** Beside the card's content, so that a card which is put in the place of another takes nothing of it along. */
function show(poster) {
  const card = poster.parentElement;
  const { seconds = 0, part = 0, watched = false } = known.get(numberOf(poster)) ?? {};
  const shown = seconds > 0 ? part : Number(watched);
  card.toggleAttribute("data-progress", shown > 0);
  if (shown > 0) {
    card.style.setProperty("--progress", shown);
    card.setAttribute("aria-description", shown === 1 ? "Watched" : `Watched to ${Math.round(100 * shown)} %`);
  } else if (card.style.length > 0) {
    card.removeAttribute("style");
    card.removeAttribute("aria-description");
  }
}

async function ask(some) {
  const numbers = [...new Set(some.map(numberOf))];
  for (let start = 0; start < numbers.length; start += MOST_AT_ONCE) {
    const part = numbers.slice(start, start + MOST_AT_ONCE);
    const found = await positionsOf(part).catch(() => null);
    if (!found) return;
    for (const number of part) known.set(number, found[number] ?? null);
  }
  for (const poster of posters()) show(poster);
}

function askForNew() {
  const all = posters();
  const unknown = all.filter((poster) => !known.has(numberOf(poster)));
  if (unknown.length > 0) ask(unknown);
  else for (const poster of all) show(poster);
}

/** Act whenever somebody comes back to this page, and again when what they have just left must have said its last. */
export function whenBack(act) {
  const soon = () => ON_ITS_WAY.forEach((wait) => setTimeout(act, wait));
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (cameBack || document.referrer.startsWith(`${location.origin}/watch/`)) soon();
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    act();
    soon();
  });
  document.addEventListener("visibilitychange", () => document.hidden || act());
}

ask(posters());
whenBack(() => ask(posters()));
document.addEventListener("cells", askForNew);
document.addEventListener("searched", askForNew);
