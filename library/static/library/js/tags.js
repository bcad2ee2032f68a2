// Tags on the watch page: the server's answer is what is shown.

import { filename, get, post } from "./api.js";

const field = () => document.querySelector("#new-tag");
const buttons = () => [...document.querySelectorAll("[data-remove]")];

// Whoever is at a tag's button stays there, or gets to the next one's where that tag is gone.
function keepFocus(change) {
  const place = buttons().indexOf(document.activeElement);
  const name = document.activeElement?.dataset.remove;
  change();
  if (place < 0) return;
  const same = buttons().find((button) => button.dataset.remove === name);
  (same ?? buttons()[place] ?? field()).focus();
}

function show(tags) {
  const chip = document.querySelector("#tag-chip");
  const list = document.querySelector("ul.tags");
  list.replaceChildren(
    ...tags.map((hashed) => {
      const name = hashed.slice(1);
      const item = chip.content.cloneNode(true);
      const link = item.querySelector("a");
      link.textContent = hashed;
      link.href = `/tag/${encodeURIComponent(name)}`;
      const button = item.querySelector("button");
      button.dataset.remove = name;
      button.setAttribute("aria-label", `Remove the tag ${name}`);
      return item;
    }),
  );
}

// The tags to choose from are fetched when somebody is about to choose.
document.addEventListener("focusin", async (event) => {
  const known = event.target.list;
  if (!known?.dataset.source) return;
  const { source } = known.dataset;
  delete known.dataset.source;
  const found = await get(source);
  if (found) known.replaceChildren(...found.tags.map((name) => new Option("", name)));
  else known.dataset.source = source;
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.add-tag");
  if (!form) return;
  event.preventDefault();
  const tag = field().value.trim();
  if (!tag) return;
  const answer = await post("/tag", { filename: filename(), tag });
  if (!answer) return;
  show(answer.tags);
  field().value = "";
  field().focus();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  const answer = await post("/delete_tag", { filename: filename(), tag: button.dataset.remove });
  if (answer) keepFocus(() => show(answer.tags));
});
