// How large cards are, known before anything is drawn, so that nothing jumps.

try {
  document.documentElement.dataset.density = localStorage.getItem("density") ?? "medium";
} catch {
  // The browser keeps nothing for this site: cards are of the usual size.
}
