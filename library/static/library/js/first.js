// What somebody chose in this browser, known before anything is drawn, so that nothing jumps or flashes: how large cards
// are, whether the pages are light or dark, which the admin reads as well, and whether the curtain is drawn.

try {
  document.documentElement.dataset.density = localStorage.getItem("density") ?? "medium";
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
  if (localStorage.getItem("curtain")) document.documentElement.dataset.curtain = "drawn";
} catch {
  // The browser keeps nothing for this site: all is as usual.
}

// Behind the curtain the tab's title tells nothing.
{
  let title;
  const page = document.documentElement;
  const watcher = new MutationObserver(() => {
    const hidden = "curtain" in page.dataset;
    if (hidden === (document.title === "Videoserver")) return;
    if (hidden) title = document.title;
    else if (!title) return;
    document.title = hidden ? "Videoserver" : title;
  });
  watcher.observe(page, { attributes: true, attributeFilter: ["data-curtain"] });
  watcher.observe(document.head, { childList: true, characterData: true, subtree: true });
}
