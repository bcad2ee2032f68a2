// Picture in picture, where the browser has it.

import { acting, video } from "./parts.js";
import { tell } from "./telling.js";

export async function aside() {
  if (!document.pictureInPictureEnabled) return;
  try {
    await (document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture());
  } catch {
    tell("No picture to put aside");
  }
}

for (const button of acting("aside")) button.hidden = !document.pictureInPictureEnabled;
