// What takes a card off a list of one's own: a button beside its title, on the pages that have a symbol for it.

import { cells, titleOf } from "./cells.js";

/** The cell whose button an event is of. */
export const takenOff = ({ target }) => target.closest(".take-off")?.closest(".cell");

/** Say in the heading how many more videos there are now, or how many fewer. */
export function count(by) {
  const heading = document.querySelector(".heading");
  const total = Number(heading.dataset.total) + by;
  heading.dataset.total = total;
  heading.querySelector(".count").textContent = `${total} video${total === 1 ? "" : "s"}`;
}

function offer() {
  const symbol = document.querySelector("#take-off");
  for (const cell of symbol ? cells() : []) {
    if (!cell.firstElementChild || cell.querySelector(".take-off")) continue;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain take-off" });
    button.setAttribute("aria-label", `Take ${titleOf(cell)} off the list`);
    button.title = "Take off the list";
    button.append(symbol.content.cloneNode(true));
    cell.append(button);
  }
}

document.addEventListener("cells", offer);
offer();
