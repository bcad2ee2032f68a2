// How the grid is shown: its menu, which closes by itself, and the size of the cards.

const SIZES = ["large", "medium", "small"];

const open = () => document.querySelector("details.viewing[open]");

function close(menu) {
  const focused = menu.contains(document.activeElement);
  menu.open = false;
  if (focused) menu.querySelector("summary").focus();
}

/** Let the browser choose pictures for the size of the cards. `sizes="auto"` would, but keeps Chromium from ever
 * forgetting a picture. */
function fitPictures() {
  const { density } = document.documentElement.dataset;
  const sizes = density === "large" ? "(max-width: 560px) 92vw, 560px" : "(max-width: 640px) 46vw, 300px";
  for (const image of document.querySelectorAll(".grid img[sizes]")) if (image.sizes !== sizes) image.sizes = sizes;
}

function showSize() {
  const { density } = document.documentElement.dataset;
  const shown = SIZES.includes(density) ? density : "medium";
  for (const button of document.querySelectorAll("button[data-density]")) {
    button.setAttribute("aria-pressed", String(button.dataset.density === shown));
  }
}

document.addEventListener("click", (event) => {
  const menu = open();
  if (menu && !menu.contains(event.target)) close(menu);
  const size = event.target.closest("button[data-density]")?.dataset.density;
  if (!size) return;
  document.documentElement.dataset.density = size;
  showSize();
  fitPictures();
  try {
    localStorage.setItem("density", size);
  } catch {
    // It lasts as long as the page.
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open()) return;
  event.stopImmediatePropagation();
  close(open());
});

document.addEventListener("toggle", showSize, { capture: true });
document.addEventListener("cells", fitPictures);
fitPictures();
