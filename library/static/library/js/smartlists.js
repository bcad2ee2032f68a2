// Searches that were kept: in the navigation, and below the heading of a search.

import { get, post } from "./api.js";

const nav = () => document.querySelector(".smart");
const bar = () => document.querySelector(".keeping");
const part = (selector) => bar().querySelector(selector);

let asked;

/** The lists of whoever looks: asked for once, and kept as the server last told them. */
export function keptLists() {
  asked ??= nav() ? get(nav().dataset.source).then((found) => found?.lists ?? []) : Promise.resolve([]);
  return asked;
}

const here = () => new URLSearchParams(location.search).get("q")?.trim() ?? "";

async function render() {
  const lists = await keptLists();
  if (!nav()) return;
  nav().hidden = lists.length === 0;
  nav().querySelector("ul").replaceChildren(...lists.map(link));
  if (bar()) renderBar(lists.find(({ query }) => query === here()));
}

function link({ name, query, url }) {
  const item = nav().querySelector("template").content.cloneNode(true);
  item.querySelector("a").href = url;
  item.querySelector("span").textContent = name;
  if (location.pathname === "/" && query === here()) item.querySelector("a").setAttribute("aria-current", "page");
  return item;
}

function renderBar(list) {
  part("form").hidden = true;
  part("[data-do=keep]").hidden = Boolean(list);
  for (const name of [".kept", "[data-do=rename]", "[data-do=delete]"]) part(name).hidden = !list;
  part(".kept b").textContent = list?.name ?? "";
  bar().dataset.id = list?.id ?? "";
}

async function change(route, payload) {
  const answer = await post(route, payload);
  if (!answer) return;
  asked = Promise.resolve(answer.lists);
  await render();
  part("button:not([hidden])").focus();
}

function askForName() {
  for (const child of bar().children) child.hidden = child.tagName !== "FORM";
  part("input").value = part(".kept b").textContent;
  part("input").focus();
  part("input").select();
}

document.addEventListener("click", (event) => {
  const action = event.target.closest?.(".keeping [data-do]")?.dataset.do;
  if (!action) return;
  if (action === "delete") change(bar().dataset.delete, { id: Number(bar().dataset.id) });
  else if (action === "cancel") render().then(() => part("button:not([hidden])").focus());
  else askForName();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".keeping form")) return;
  event.preventDefault();
  const name = part("input").value;
  const { id, query, rename, keep } = bar().dataset;
  if (id) change(rename, { id: Number(id), name });
  else change(keep, { name, query });
});

document.addEventListener("searched", render);
render();
