// The watch page's player: the browser's own video, and our controls upon it. Without script the browser's stay.

import { part, player, video } from "./parts.js";
import "./ahead.js";
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
import { seek } from "./seeking.js";
import { wake } from "./showing.js";

const told = /[#&]t=(\d{1,6}(?:\.\d+)?)/.exec(location.hash);

video.controls = false;
part("controls").hidden = false;
player.tabIndex = -1;
if (Number(told?.[1]) > 0) seek(Number(told[1]));
wake();
