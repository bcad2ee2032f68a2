/* A storyboard under the pointer. Its picture is fetched when the pointer comes, and not before. */

const shown = new WeakMap();

function show(frame) {
  const { storyboard, tiles, columns, tileWidth, tileHeight } = frame.dataset;
  const scale = Math.min(frame.clientWidth / tileWidth, frame.clientHeight / tileHeight);
  const tile = document.createElement("span");
  const width = tileWidth * scale;
  const height = tileHeight * scale;
  const rows = Math.ceil(tiles / columns);
  tile.className = "tile";
  tile.style.width = `${width}px`;
  tile.style.height = `${height}px`;
  tile.style.backgroundImage = `url("${storyboard}")`;
  tile.style.backgroundSize = `${width * columns}px ${height * rows}px`;
  frame.append(tile);
  shown.set(frame, (part) => {
    const number = Math.min(Math.floor(part * tiles), tiles - 1);
    const left = (number % columns) * width;
    const top = Math.floor(number / columns) * height;
    tile.style.backgroundPosition = `${-left}px ${-top}px`;
  });
}

function hide(frame) {
  frame.querySelector(".tile")?.remove();
  shown.delete(frame);
}

document.addEventListener("pointermove", (event) => {
  const frame = event.target.closest?.("[data-storyboard]");
  if (!frame) return;
  if (!shown.has(frame)) show(frame);
  const { left, width } = frame.getBoundingClientRect();
  shown.get(frame)(Math.max((event.clientX - left) / width, 0));
});

document.addEventListener("pointerout", (event) => {
  const frame = event.target.closest?.("[data-storyboard]");
  if (frame && shown.has(frame) && !frame.contains(event.relatedTarget)) hide(frame);
});
