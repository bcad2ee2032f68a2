// The elements of the player, and what is remembered of it in this browser.

export const player = document.querySelector(".player:has(> video)");
export const video = player.querySelector("video");
export const part = (name) => player.querySelector(`[data-part="${name}"]`);
export const acting = (name) => player.querySelectorAll(`[data-act="${name}"]`);

const KEY = "player";

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** What was chosen before, in any video. */
export const kept = (name, otherwise) => {
  const value = remembered()[name];
  return typeof value === typeof otherwise ? value : otherwise;
};

export function keep(name, value) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...remembered(), [name]: value }));
  } catch {
    // It lasts as long as the page.
  }
}
