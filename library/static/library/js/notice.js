// A line at the foot of the page, for what went wrong.

let timer;

export function notify(text) {
  const notice = document.querySelector(".notice");
  notice.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => (notice.textContent = ""), 6000);
}
