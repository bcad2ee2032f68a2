// Keeps the performance page up to date: fetches what changes, and puts it in the place of the old.

const page = document.getElementById("performance");

function address() {
  const query = new URLSearchParams(location.search);
  query.set("part", "content");
  return `${location.pathname}?${query}`;
}

function isInUse() {
  return document.hidden || page.querySelector("button:focus, button:active") || !getSelection().isCollapsed;
}

function replace(html) {
  const open = [...page.querySelectorAll("details[open]")].map((details) => details.dataset.key);
  const scrolled = [...page.querySelectorAll(".scrolled")].map((table) => table.scrollLeft);
  page.innerHTML = html;
  for (const key of open) page.querySelector(`details[data-key="${key}"]`)?.setAttribute("open", "");
  page.querySelectorAll(".scrolled").forEach((table, index) => { table.scrollLeft = scrolled[index] ?? 0; });
}

async function refresh() {
  if (isInUse()) return;
  const response = await fetch(address(), { headers: { Accept: "text/html" }, redirect: "error" });
  if (response.ok && !isInUse()) replace(await response.text());
}

async function sort(link) {
  history.replaceState(null, "", link.href);
  const response = await fetch(address(), { redirect: "error" });
  if (response.ok) replace(await response.text());
}

page.addEventListener("click", (event) => {
  const link = event.target.closest(".sortable thead a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  sort(link).catch(() => location.assign(link.href));
});

setInterval(() => refresh().catch(() => {}), 1000 * Number(page.dataset.refresh));
