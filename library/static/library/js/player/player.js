// The watch page's player: the browser's own video, and our controls upon it. Without script the browser's stay.

import { part, player, video } from "./parts.js";
import "./aside.js";
import "./captions.js";
import "./chapters.js";
import "./controls.js";
import "./gestures.js";
import "./keyboard.js";
import "./listed.js";
import "./seekbar.js";
import "./session.js";
import "./settings.js";
import "./sheets.js";
import { wake } from "./showing.js";

video.controls = false;
part("controls").hidden = false;
player.tabIndex = -1;
wake();
