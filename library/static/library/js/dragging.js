// Bringing the items of a list into another order with a mouse, a pen or a finger.

const EDGE = 72;
const STEP = 12;

const center = (item) => {
  const { top, height } = item.getBoundingClientRect();
  return top + height / 2;
};

/**
 * Let an item follow the pointer that went down on its handle. Neighbours step aside when it covers half of them; the item
 * itself stays in the page, or it would lose the pointer. Calls `dropped` with whether it has another place in the end.
 */
export function drag(event, item, dropped) {
  const handle = event.target.closest(".handle");
  const before = [...item.parentElement.children];
  const grip = event.clientY - item.getBoundingClientRect().top;
  let pointer = event.clientY;
  let frame = requestAnimationFrame(follow);
  const over = new AbortController();
  const until = { signal: over.signal };

  handle.setPointerCapture(event.pointerId);
  item.classList.add("dragged");
  handle.addEventListener("pointermove", (move) => (pointer = move.clientY), until);
  handle.addEventListener("pointerup", () => end(true), until);
  handle.addEventListener("pointercancel", () => end(false), until);
  addEventListener("keydown", (key) => key.key === "Escape" && end(false), until);

  function follow() {
    scroll();
    pass();
    place();
    frame = requestAnimationFrame(follow);
  }

  function scroll() {
    if (pointer < EDGE) scrollBy(0, -STEP);
    else if (pointer > innerHeight - EDGE) scrollBy(0, STEP);
  }

  function place() {
    item.style.transform = "";
    item.style.transform = `translateY(${pointer - grip - item.getBoundingClientRect().top}px)`;
  }

  function pass() {
    const top = pointer - grip;
    const previous = item.previousElementSibling;
    const next = item.nextElementSibling;
    if (previous && top < center(previous)) item.after(previous);
    else if (next && top + item.offsetHeight > center(next)) item.before(next);
  }

  function end(kept) {
    over.abort();
    cancelAnimationFrame(frame);
    if (kept) pass();
    item.style.transform = "";
    item.classList.remove("dragged");
    const changed = before.some((one, place) => one !== item.parentElement.children[place]);
    if (changed && !kept) item.parentElement.replaceChildren(...before);
    dropped(changed && kept);
  }
}
