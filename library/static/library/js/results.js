// The grid of another search, put into the page that is there.

import { fillPendingPosters } from "./posters.js";

let asking;

/** Whether this page shows a grid of the library or of a search. */
export const isLive = () => location.pathname === "/" && document.querySelector("#content > .heading") !== null;

const remember = {
  push: (url) => history.pushState(null, "", url),
  replace: (url) => history.replaceState(null, "", url),
  stay: () => {},
};

/** Show what an address shows, or tell that it can't; `how` is what becomes of the history: push, replace or stay. */
export async function show(url, how) {
  asking?.abort();
  asking = new AbortController();
  remember[how](url);
  const page = await read(url, asking.signal).catch(() => null);
  if (!page) return false;
  put(page);
  document.dispatchEvent(new Event("searched"));
  return true;
}

/** A page, or null where it is none or another was asked for since. */
export async function read(url, signal) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, signal });
  if (!response.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("#content > .heading") ? page : null;
}

function put(page) {
  const content = document.querySelector("#content");
  const panel = document.querySelector("#filtering");
  for (const child of [...content.children]) if (child !== panel) child.remove();
  content.append(...page.querySelector("#content").children);
  document.title = page.title;
  for (const link of document.querySelectorAll(".sections > a")) {
    const current = page.querySelector(`.sections > a[href="${CSS.escape(link.getAttribute("href"))}"]`);
    link.toggleAttribute("aria-current", false);
    if (current?.ariaCurrent) link.setAttribute("aria-current", current.ariaCurrent);
  }
  document.querySelector(".choose").href = page.querySelector(".choose").getAttribute("href");
  document.querySelector("#found").textContent = content.querySelector(".count").textContent;
  scrollTo({ top: 0 });
  fillPendingPosters();
}
