// What every page runs. Pages can be read before this arrives, and without it.

import { fillPendingPosters } from "./posters.js";
import "./favorite.js";
import "./fresh.js";
import "./playing.js";
import "./rating.js";
import "./searching.js";
import "./tags.js";

fillPendingPosters();
// On a phone the sorts are wider than the screen.
document.querySelector(".sorts [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
