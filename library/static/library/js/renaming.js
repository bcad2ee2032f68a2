// A heading whose name is changed where it stands: its button brings a field, Escape or Cancel takes it away.

/**
 * Let the heading in `place` be renamed. `save` sends what was typed and resolves to the name that then holds, or to
 * nothing where it was refused. Returns what shows another name.
 */
export function renameInPlace(place, save) {
  const heading = place.querySelector("h1");
  const form = place.querySelector("form.rename");
  const button = place.querySelector("[data-rename]");

  function edit(editing) {
    heading.classList.toggle("unseen", editing);
    form.hidden = !editing;
    if (!editing) return button.focus();
    form.elements.name.value = heading.textContent;
    form.elements.name.select();
  }

  function show(name) {
    heading.textContent = name;
    document.title = document.title.replace(/^.* · /su, () => `${name} · `);
  }

  place.addEventListener("click", ({ target }) => {
    if (target.closest("[data-rename]")) edit(true);
    else if (target.closest("[data-cancel]")) edit(false);
  });
  form.addEventListener("keydown", ({ key }) => key === "Escape" && edit(false));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = await save(form.elements.name.value);
    if (!name) return;
    show(name);
    edit(false);
  });
  return show;
}
