// What is remembered of the player in this browser.

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
