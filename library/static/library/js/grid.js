// What a page with a grid of cards runs beside what every page does.

import "./endless.js";
import "./keys.js";
import "./selecting.js";
import "./storyboards.js";
import "./viewing.js";
