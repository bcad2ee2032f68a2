// What somebody chose in this browser, known before anything is drawn, so that nothing jumps or flashes: how large cards
// are, and whether the pages are light or dark, which the admin reads as well.

try {
  document.documentElement.dataset.density = localStorage.getItem("density") ?? "medium";
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
} catch {
  // The browser keeps nothing for this site: all is as usual.
}
