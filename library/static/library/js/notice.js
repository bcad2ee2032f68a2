// A line at the foot of the page: what went wrong, or what was done and how to take it back.

const SHORT = 6000;
const LONG = 12_000;

let timer;
let act;

/** Tell something. With a `way` back, a button does it; so does `takeWay` while it is told. */
export function notify(text, way) {
  const notice = document.querySelector(".notice");
  notice.textContent = text;
  act = way?.act;
  if (way) notice.append(Object.assign(document.createElement("button"), { type: "button", textContent: way.label }));
  clearTimeout(timer);
  timer = setTimeout(() => end(notice), way ? LONG : SHORT);
}

function end(notice) {
  if (notice.matches(":hover, :focus-within")) {
    timer = setTimeout(() => end(notice), SHORT);
    return;
  }
  notice.textContent = "";
  act = undefined;
}

export function takeWay() {
  act?.();
  act = undefined;
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".notice button")) takeWay();
});
