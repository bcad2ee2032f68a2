// Stars: shown at once, taken back when the server refuses.

import { filename, post } from "./api.js";

const stars = () => [...document.querySelectorAll(".rating input")];

let kept = stars().find((star) => star.checked);

document.addEventListener("change", async (event) => {
  const star = event.target.closest(".rating input");
  if (!star) return;
  const answer = await post("/rate", { filename: filename(), rating: Number(star.value) });
  if (answer) kept = star;
  else if (star.checked && kept) kept.checked = true;
  else star.checked = false;
});
