// The player: counts one view when playing starts, and says so when the browser can't play the file.

import { filename, post } from "./api.js";

const video = document.querySelector(".player video");

async function countView() {
  const answer = await post("/view", { filename: filename() });
  if (!answer) return;
  document.querySelector("[data-views]").textContent = answer.views;
  document.querySelector("[data-views-plural]").textContent = answer.views === 1 ? "" : "s";
}

function offerOtherWays() {
  document.querySelector(".unplayable").hidden = false;
  video.hidden = true;
}

// Where only the picture's codec is unknown to the browser, the sound plays on before a black box.
function checkPicture() {
  if ("hasPicture" in video.dataset && video.readyState >= video.HAVE_METADATA && video.videoWidth === 0) offerOtherWays();
}

if (video) {
  video.addEventListener("playing", countView, { once: true });
  video.addEventListener("error", offerOtherWays);
  video.addEventListener("loadedmetadata", checkPicture);
  if (video.error) offerOtherWays();
  checkPicture();
}
