/* A storyboard under the pointer, or under a finger that is drawn across it. Its picture is fetched when that comes, and
not before. */

const LEAST_DRAG = 8;

const shown = new WeakMap();
const frameOf = (target) => target.closest?.("[data-storyboard]");

let last;
let touch;

function show(frame) {
  const { storyboard, tiles, columns, tileWidth, tileHeight, fit } = frame.dataset;
  const scale = Math[fit === "cover" ? "max" : "min"](frame.clientWidth / tileWidth, frame.clientHeight / tileHeight);
  const tile = document.createElement("span");
  const place = document.createElement("span");
  const width = tileWidth * scale;
  const height = tileHeight * scale;
  const rows = Math.ceil(tiles / columns);
  tile.className = "tile";
  tile.style.width = `${width}px`;
  tile.style.height = `${height}px`;
  tile.style.backgroundImage = `url("${storyboard}")`;
  tile.style.backgroundSize = `${width * columns}px ${height * rows}px`;
  place.className = "place";
  frame.append(tile, place);
  shown.set(frame, (part) => {
    const number = Math.min(Math.floor(part * tiles), tiles - 1);
    const left = (number % columns) * width;
    const top = Math.floor(number / columns) * height;
    tile.style.backgroundPosition = `${-left}px ${-top}px`;
    place.style.width = `${100 * Math.min(part, 1)}%`;
  });
}

function hide(frame) {
  for (const part of frame.querySelectorAll(".tile, .place")) part.remove();
  shown.delete(frame);
}

/** Show what is under the pointer; called again when a storyboard became known meanwhile. */
export function follow() {
  const frame = last && frameOf(last.target);
  if (!frame || (touch && !touch.drags)) return;
  if (!shown.has(frame)) show(frame);
  const { left, width } = frame.getBoundingClientRect();
  shown.get(frame)(Math.max((last.x - left) / width, 0));
}

document.addEventListener("pointerdown", ({ pointerType, clientX }) => {
  touch = pointerType === "touch" ? { x: clientX, drags: false } : undefined;
});

document.addEventListener("pointermove", ({ target, clientX }) => {
  last = { target, x: clientX };
  if (touch && Math.abs(clientX - touch.x) >= LEAST_DRAG) touch.drags = true;
  follow();
});

document.addEventListener("pointerout", ({ target, relatedTarget }) => {
  const frame = frameOf(target);
  if (frame?.contains(relatedTarget)) return;
  last = undefined;
  if (frame && shown.has(frame)) hide(frame);
});

// A finger that ran through a storyboard doesn't open it as well.
document.addEventListener(
  "click",
  (event) => {
    if (!touch?.drags || event.detail === 0) return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
