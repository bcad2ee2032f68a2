// Menus that hang on a button: one is open at a time, and Escape or a press elsewhere closes it.

const BAR = 72;

const open = () => [...document.querySelectorAll("details.menu[open]")];

/** Let a menu open upwards where there is no room below it, and more above. */
export function settle(menu) {
  const panel = menu.querySelector(".menu-panel");
  panel.classList.remove("upwards");
  const { top, bottom } = menu.getBoundingClientRect();
  const below = innerHeight - BAR - bottom;
  panel.classList.toggle("upwards", panel.offsetHeight > below && top - BAR > below);
}

document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches("details.menu[open]")) return;
    for (const menu of open()) menu.open = menu === event.target;
    settle(event.target);
  },
  true,
);

document.addEventListener("pointerdown", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
  }
});
