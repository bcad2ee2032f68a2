// The curtain: one key, or its button, hides all that the pages of this browser show, in every tab, until the same key or
// the PIN opens it again.

import { send } from "./api.js";

const KEY = "curtain";
const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), select, textarea, [contenteditable]";

const page = document.documentElement;
const curtain = document.querySelector("dialog.curtain");

const isDrawn = () => KEY in page.dataset;

function remember(drawn) {
  try {
    if (drawn) localStorage.setItem(KEY, "drawn");
    else localStorage.removeItem(KEY);
  } catch {
    // It holds for this page alone.
  }
}

if (curtain) {
  const part = (name) => curtain.querySelector(`[data-part="${name}"]`);
  const [opening, setting, pin, fresh] = ["opening", "setting", "pin", "new-pin"].map(part);

  const signIn = () => location.assign(`${curtain.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);

  const say = (text, status) => {
    if (status === 401) signIn();
    part("says").textContent = text;
  };

  const ask = (hasPin) => {
    part("pin-field").hidden = !hasPin;
    part("setting-says").textContent = hasPin ? "Change the PIN" : "Ask for a PIN";
    part("current").hidden = !hasPin;
    (hasPin ? pin : part("open")).focus();
  };

  const cover = () => {
    page.dataset[KEY] = "drawn";
    for (const media of document.querySelectorAll("video, audio")) media.pause();
    document.exitFullscreen?.().catch(() => {});
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
    if (navigator.mediaSession) navigator.mediaSession.metadata = null;
    if (!curtain.open) curtain.showModal();
    fetch(curtain.dataset.source)
      .then((answer) => (answer.status === 401 ? signIn() : answer.json()))
      .then((answer) => answer && isDrawn() && ask(answer.pin))
      .catch(() => ask(true));
  };

  const uncover = () => {
    delete page.dataset[KEY];
    curtain.close();
    for (const form of [opening, setting]) form.reset();
    part("says").textContent = "";
    part("changing").open = false;
  };

  const draw = () => {
    remember(true);
    cover();
  };

  const open = async () => {
    if (!(await send("/open_curtain", { pin: pin.value }, say))) {
      ask(true);
      pin.select();
      return;
    }
    remember(false);
    uncover();
  };

  const follow = () => {
    let drawn = isDrawn();
    try {
      drawn = Boolean(localStorage.getItem(KEY));
    } catch {
      // No other tab can tell.
    }
    if (drawn) cover();
    else if (isDrawn()) uncover();
  };

  const onKey = (event) => {
    const { key, target, ctrlKey, metaKey, altKey, repeat, isComposing } = event;
    const isOurs = /^h$/i.test(key) && !ctrlKey && !metaKey && !altKey && !isComposing;
    if (isDrawn()) {
      event.stopImmediatePropagation();
      if (isOurs || key === "Escape") event.preventDefault();
      if (isOurs && !repeat) open();
    } else if (isOurs && !repeat && !target.closest?.(TYPING)) {
      event.stopImmediatePropagation();
      event.preventDefault();
      draw();
    }
  };

  addEventListener("keydown", onKey, true);
  addEventListener("storage", ({ key }) => (key === KEY || key === null) && follow());
  addEventListener("pageshow", ({ persisted }) => persisted && follow());
  document.addEventListener("play", ({ target }) => isDrawn() && target.pause(), true);
  document.addEventListener("click", ({ target }) => target.closest("button.draw-curtain") && draw());
  curtain.addEventListener("cancel", (event) => event.preventDefault());
  curtain.addEventListener("close", () => isDrawn() && curtain.showModal());
  opening.addEventListener("submit", (event) => {
    event.preventDefault();
    open();
  });
  setting.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send("/set_pin", { pin: pin.value, new: fresh.value }, say);
    if (!answer) return;
    for (const form of [opening, setting]) form.reset();
    part("changing").open = false;
    say(answer.pin ? "From now on the PIN opens it." : "It opens without a PIN.");
    ask(answer.pin);
  });
  if (isDrawn()) cover();
}
