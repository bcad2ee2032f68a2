// What every page runs. Pages can be read before this arrives, and without it.

import { fillPendingPosters } from "./posters.js";
import "./continue.js";
import "./curtain.js";
import "./fresh.js";
import "./history.js";
import "./menus.js";
import "./playing.js";
import "./playlist.js";
import "./progress.js";
import "./rating.js";
import "./resume.js";
import "./saving.js";
import "./searching.js";
import "./tags.js";
import "./themes.js";
import "./titles.js";
import "./toggles.js";

fillPendingPosters();
