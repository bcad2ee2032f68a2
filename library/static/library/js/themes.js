// Light, dark, or as the system has it.

const THEMES = ["auto", "light", "dark"];

const bars = [...document.querySelectorAll("meta[name=theme-color]")].map((meta) => [meta, meta.media]);

function show() {
  const { theme } = document.documentElement.dataset;
  const shown = THEMES.includes(theme) ? theme : "auto";
  for (const button of document.querySelectorAll("button[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === shown));
  }
  for (const [meta, media] of bars) meta.media = shown === "auto" ? media : media.includes(shown) ? "all" : "not all";
}

document.addEventListener("click", ({ target }) => {
  const theme = target.closest("button[data-theme]")?.dataset.theme;
  if (!theme) return;
  document.documentElement.dataset.theme = theme;
  show();
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // It lasts as long as the page.
  }
});

show();
