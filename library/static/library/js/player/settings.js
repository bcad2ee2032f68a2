// The choices in the sheet of settings.

import { part, player, video } from "./parts.js";
import { setSpeed } from "./speed.js";

player.addEventListener("change", ({ target }) => {
  if (target.name === "speed") setSpeed(Number(target.value));
  if (target === part("again")) video.loop = target.checked;
});
