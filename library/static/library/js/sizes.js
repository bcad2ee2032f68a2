// The size of the cards, as it was chosen in this browser.

const SIZES = ["large", "medium", "small"];

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

document.addEventListener("click", ({ target }) => {
  const size = target.closest("button[data-density]")?.dataset.density;
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

document.addEventListener("toggle", showSize, { capture: true });
document.addEventListener("cells", fitPictures);
fitPictures();
showSize();
