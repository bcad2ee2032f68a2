/* The head of the video that comes next, fetched into the browser's cache once the present one plays well or is nearly
over, unless the visitor saves data. Its page says where its bytes are. */

import { way } from "./listed.js";
import { video } from "./parts.js";

const HEAD_BYTES = 1 << 20;
const PLAYED_WELL = 10;
const NEARLY_OVER = 30;

const played = () => {
  const { played: spans } = video;
  return Array.from(spans, (_, n) => spans.end(n) - spans.start(n)).reduce((sum, length) => sum + length, 0);
};

async function fetchHead(url) {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
    const source = page.querySelector(".player > video")?.getAttribute("src");
    if (!source) return;
    await (await fetch(source, { headers: { Range: `bytes=0-${HEAD_BYTES - 1}` }, priority: "low" })).arrayBuffer();
  } catch {
    // It is fetched when it plays.
  }
}

function look() {
  const left = video.duration - video.currentTime;
  if (video.readyState < video.HAVE_ENOUGH_DATA || (played() < PLAYED_WELL && left > NEARLY_OVER)) return;
  video.removeEventListener("timeupdate", look);
  fetchHead(way("next"));
}

if (way("next") && !navigator.connection?.saveData) video.addEventListener("timeupdate", look);
