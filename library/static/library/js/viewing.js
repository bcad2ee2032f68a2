// The menu of how the grid is shown, which closes by itself.

import "./sizes.js";

const open = () => document.querySelector("details.viewing[open]");

function close(menu) {
  const focused = menu.contains(document.activeElement);
  menu.open = false;
  if (focused) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const menu = open();
  if (menu && !menu.contains(event.target)) close(menu);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open()) return;
  event.stopImmediatePropagation();
  close(open());
});
