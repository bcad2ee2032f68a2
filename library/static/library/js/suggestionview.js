// What the suggestion queue looks like: the video, its tags, the offers, and the end of the queue.

const page = document.querySelector("#suggestions");
const part = (selector) => page.querySelector(selector);
const player = part("video");
const SIGNS = { accepted: "✓", rejected: "×" };
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Put another video on the screen, and play it without a sound. */
export function show(video) {
  part(".work").hidden = false;
  part(".ending").hidden = true;
  part(".watch").textContent = video.title;
  part(".watch").href = video.watch;
  part(".change").href = video.change;
  part(".path").textContent = video.path;
  part(".facts").textContent = video.facts;
  part(".unplayable").hidden = true;
  player.hidden = false;
  player.muted = true;
  player.poster = video.poster;
  player.dataset.codecs = video.codecs;
  if (!video.file) return cannotPlay("The file is not there.");
  player.src = video.file;
  if (!still.matches) player.play().catch(() => {});
}

function cannotPlay(why) {
  player.removeAttribute("src");
  player.hidden = true;
  part(".unplayable").textContent = why;
  part(".unplayable").hidden = false;
}

player.addEventListener("error", () => {
  if (!player.hasAttribute("src")) return;
  const { codecs } = player.dataset;
  cannotPlay(`This browser can't play this file.${codecs ? ` It holds ${codecs}.` : ""}`);
});

/** The tags that a video bears, and what is suggested beside them. */
export function showOffers({ tags, offers, marked }) {
  const items = tags.map((name) => Object.assign(document.createElement("li"), { textContent: name }));
  if (items.length === 0) items.push(Object.assign(document.createElement("li"), { textContent: "None yet", className: "quiet" }));
  part(".borne").replaceChildren(...items);
  const focused = part(".offers").contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [Number(focused.closest("li").dataset.place), focused.className];
  part(".offers").replaceChildren(...offers.map((offer, index) => row(offer, index, offer === marked)));
  if (place) part(`.offers li[data-place="${place[0]}"] .${place[1]}`)?.focus();
  part(".none").hidden = offers.length > 0;
}

function row(offer, index, marked) {
  const item = part("#offer").content.firstElementChild.cloneNode(true);
  const [accept, reject] = item.querySelectorAll("button");
  item.dataset.place = index;
  if (offer.answer) item.dataset.answer = offer.answer;
  item.classList.toggle("marked", marked);
  accept.querySelector("kbd").textContent = SIGNS[offer.answer] ?? index + 1;
  accept.querySelector(".name").textContent = offer.name;
  accept.querySelector(".reasons").textContent = offer.reasons.join("; ");
  accept.setAttribute("aria-disabled", Boolean(offer.answer));
  reject.setAttribute("aria-disabled", Boolean(offer.answer));
  accept.setAttribute("aria-label", `${offer.answer ?? "Accept"} ${offer.name}: ${offer.reasons.join("; ")}`);
  reject.setAttribute("aria-label", `Reject ${offer.name}`);
  reject.title = marked ? "Reject (X)" : `Reject (Shift+${index + 1})`;
  return item;
}

/** How far the queue is worked through. */
export function showLeft({ total, passed }) {
  const format = new Intl.NumberFormat("en");
  part(".left [role=status]").textContent = total ? `${format.format(total - passed)} of ${format.format(total)} left` : "";
  Object.assign(part(".left progress"), { max: total || 1, value: passed, hidden: !total });
}

/** The end of the queue, or why there is none. */
export function showEnding({ failed, total, left, few, undo }) {
  player.pause();
  player.removeAttribute("src");
  const lacking = few ? "fewer than three tags" : "no tag";
  const [heading, text, button] = failed
    ? ["The queue could not be read", "Nothing was changed. The server may be starting anew, or you may be signed out.", "Try again"]
    : total === 0
      ? ["All is in order", `There is no video with ${lacking}. Enjoy the evening!`, "Look again"]
      : left > 0
        ? ["That was the last one", `${count(left)} still ${left === 1 ? "has" : "have"} ${lacking}. Your answers may have taught something: go through them once more?`, "Once more"]
        : ["All is in order", `You went through ${count(total)}, and none is left with ${lacking}. Enjoy the evening!`, "Look again"];
  part(".ending h2").textContent = heading;
  part(".ending p").textContent = text;
  part(".again").textContent = button;
  part(".back").hidden = !undo;
  part(".work").hidden = true;
  part(".ending").hidden = false;
}

const count = (number) => `${new Intl.NumberFormat("en").format(number)} video${number === 1 ? "" : "s"}`;
