// The dialog that lists the keys.

import { part } from "./parts.js";

export const help = () => part("help").showModal();

part("help").addEventListener("click", ({ target }) => {
  if (target === part("help")) target.close();
});
