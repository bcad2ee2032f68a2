// Chapters of a file that was read before anybody looked for them: it is read again when its page is opened.

import { clock } from "./clock.js";
import { player } from "./parts.js";

const WAITS = [500, 1000, 2000, 4000, 8000];

const section = document.querySelector(".chapters");

function row([seconds, name]) {
  const made = section.querySelector("#chapter-row").content.cloneNode(true).firstElementChild;
  Object.assign(made.dataset, { seconds, name });
  made.querySelector(".when").textContent = clock(seconds);
  made.querySelector(".name").textContent = name;
  return made;
}

async function ask() {
  const response = await fetch(`/chapters?video=${player.dataset.video}`);
  return response.ok ? (await response.json()).chapters : [];
}

async function fill() {
  for (const wait of WAITS) {
    const chapters = await ask();
    if (chapters?.length) {
      section.querySelector("ol").replaceChildren(...chapters.map(row));
      section.hidden = false;
      document.dispatchEvent(new Event("points"));
    }
    if (chapters) return;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

if ("unread" in player.dataset) fill().catch(() => {});
