// What is chosen on the account's page for this browser alone.

import "./sizes.js";
import { keep, kept } from "./player/kept.js";

const goesOn = document.querySelector("[name=goes-on]");

goesOn.checked = kept("goesOn", true);
goesOn.addEventListener("change", () => keep("goesOn", goesOn.checked));
