// The elements of the player.

export const player = document.querySelector(".player:has(> video)");
export const video = player.querySelector("video");
export const part = (name) => player.querySelector(`[data-part="${name}"]`);
export const acting = (name) => player.querySelectorAll(`[data-act="${name}"]`);
