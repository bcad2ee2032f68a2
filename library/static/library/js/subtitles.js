// Subtitles: what was chosen for one video, a language or none, holds for the next.

const KEY = "subtitles";
const OFF = "off";
const video = document.querySelector(".player video");

const tracks = () => [...video.textTracks].filter((track) => track.kind === "subtitles" || track.kind === "captions");
const shown = () => tracks().find((track) => track.mode === "showing");
const base = (language) => language.split("-")[0];

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** The track that comes closest to what was chosen: its label, else its language, else a kin of that. */
function closest({ language, label }) {
  if (!language || language === OFF) return undefined;
  const found = tracks();
  return (
    found.find((track) => track.language === language && track.label === label) ??
    found.find((track) => track.language === language) ??
    found.find((track) => base(track.language) === base(language))
  );
}

function show(chosen) {
  for (const track of tracks()) {
    const mode = track === chosen ? "showing" : "disabled";
    if (track.mode !== mode) track.mode = mode;
  }
}

if (video?.textTracks.length) {
  show(closest(kept()));
  let before = shown();
  video.textTracks.addEventListener("change", () => {
    const now = shown();
    if (now === before) return;
    before = now;
    try {
      localStorage.setItem(KEY, JSON.stringify(now ? { language: now.language, label: now.label } : { language: OFF }));
    } catch {
      // The choice lasts as long as the page.
    }
  });
}
