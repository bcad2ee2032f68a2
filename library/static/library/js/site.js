// What every page runs. Pages can be read before this arrives, and without it.

import { fillPendingPosters } from "./posters.js";
import "./favorite.js";
import "./fresh.js";
import "./later.js";
import "./menus.js";
import "./playing.js";
import "./playlist.js";
import "./rating.js";
import "./saving.js";
import "./searching.js";
import "./subtitles.js";
import "./tags.js";
import "./themes.js";

fillPendingPosters();
