// The filters above a grid: the choices of the page of filters, brought here.

import { isLive, read, show } from "./results.js";

const button = () => document.querySelector(".choose");
const panel = () => document.querySelector("#filtering");

let shown = "";
let asking;

async function open(url) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const page = await read(url, signal).catch(() => null);
  if (signal.aborted) return;
  if (!page) return waitNoMore();
  shown = url;
  const place = panel() ?? Object.assign(document.createElement("section"), { id: "filtering" });
  place.setAttribute("aria-label", "Filters");
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const typed = document.activeElement?.id === "filter-tag";
  place.replaceChildren(page.querySelector(".filters"));
  waitNoMore();
  place.querySelector("[data-show]").textContent = "Close";
  document.querySelector("#content").prepend(place);
  button().setAttribute("aria-expanded", "true");
  if (key) [...place.querySelectorAll("[data-key]")].find((link) => link.dataset.key === key)?.focus();
  if (typed) place.querySelector("#filter-tag").focus();
}

function close() {
  asking?.abort();
  panel()?.remove();
  shown = "";
  button().setAttribute("aria-expanded", "false");
}

/** Search for what a choice leads to; other sorts than the usual stay. */
async function choose(url) {
  asking?.abort(); // an answer that is late would bring the last choices back
  const chosen = new URL(url, location.href).searchParams;
  const here = new URLSearchParams(location.search);
  const query = new URLSearchParams(chosen.get("q") ? { q: chosen.get("q") } : {});
  for (const name of ["sort", "order"]) if (here.get(name)) query.set(name, here.get(name));
  shown = url;
  document.querySelector("#q").value = chosen.get("q") ?? "";
  panel().ariaBusy = "true"; // its choices are those of the last search, until they come anew
  if (!(await show(query.size ? `/?${query}` : "/", "push"))) waitNoMore();
}

function waitNoMore() {
  panel()?.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || !isLive()) return;
  const link = event.target.closest("a");
  if (link === button()) {
    event.preventDefault();
    if (panel()) close();
    else open(link.href);
  } else if (link && panel()?.contains(link)) {
    event.preventDefault();
    if (!link.matches("[data-show]")) return panel().ariaBusy ? undefined : choose(link.href);
    close();
    button().focus();
  }
});

document.addEventListener("submit", async (event) => {
  if (!panel()?.contains(event.target)) return;
  event.preventDefault();
  const query = new URLSearchParams(new FormData(event.target));
  if (!query.get("tag").trim()) return;
  const response = await fetch(`${event.target.action}?${query}`).catch(() => null);
  if (response?.ok) choose(response.url);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !panel()?.contains(event.target)) return;
  close();
  button().focus();
});

document.addEventListener("searched", () => {
  if (!panel()) return;
  const text = new URLSearchParams(location.search).get("q") ?? "";
  const before = new URL(shown, location.href).searchParams;
  open((before.get("q") ?? "") === text ? shown : button().href);
});
