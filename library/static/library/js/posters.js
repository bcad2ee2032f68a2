// Posters that are still being made: asked for now and then, put in place when they are there.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 8000;
const MOST_AT_ONCE = 200;

const pending = () => [...document.querySelectorAll(".poster[data-pending]")].slice(0, MOST_AT_ONCE);

function put(box, { small, large }) {
  const image = new Image(320, 180);
  image.alt = "";
  image.className = "fresh";
  image.loading = "lazy";
  image.sizes = "(max-width: 640px) 46vw, 300px";
  image.srcset = `${small} 320w, ${large} 640w`;
  image.src = small;
  box.prepend(image);
  delete box.dataset.pending;
}

async function ask(boxes) {
  const query = new URLSearchParams(boxes.map((box) => ["video", box.dataset.pending]));
  const response = await fetch(`/posters?${query}`);
  if (!response.ok) return false;
  const answer = await response.json();
  for (const box of boxes) {
    const poster = answer.posters[box.dataset.pending];
    if (poster) put(box, poster);
  }
  return answer.pending.length > 0;
}

let filling = false;

/** Poll while any poster of this page is to come and the page is looked at. Asked again, it goes on as it is. */
export async function fillPendingPosters() {
  if (filling) return;
  filling = true;
  await fill();
  filling = false;
}

async function fill() {
  let wait = FIRST_WAIT;
  for (let boxes = pending(); boxes.length > 0; boxes = pending()) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden) continue;
    const more = await ask(boxes).catch(() => true);
    if (!more) return;
    wait = Math.min(wait * 1.5, LONGEST_WAIT);
  }
}
