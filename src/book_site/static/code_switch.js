// Lets a reader show or hide all code of a page; what the code puts out stays.
// Without this script a page shows its code as it was written, and no button.

const heading = document.querySelector("article h1");
const folds = [...document.querySelectorAll(".cell details:has(.cell_input)")];
if (heading) offer();
// A link may lead into a fold, or to a cell whose code is folded.
unfold();
window.addEventListener("hashchange", unfold);

function unfold() {
  const target = document.querySelector(":target");
  const places = [":target", ".cell:target > details:has(.cell_input)"];
  const inside = places.map((place) => `details:has(${place}), ${place}:is(details)`);
  const closed = [...document.querySelectorAll(inside)].filter((fold) => !fold.open);
  for (const fold of closed) fold.open = true;
  if (closed.length > 0) target.scrollIntoView();
}

function offer() {
  const root = document.documentElement;
  const show = button("Show all code", () => {
    root.classList.remove("code-hidden");
    for (const fold of folds) fold.open = true;
    update();
  });
  const hide = button("Hide all code", () => {
    root.classList.add("code-hidden");
    update();
  });
  const group = document.createElement("div");
  group.className = "code-switch";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Code on this page");
  group.append(show, hide);
  heading.after(group);
  update();
  for (const fold of folds) fold.addEventListener("toggle", update);
  // A link to a cell, which may be all code, must find it.
  window.addEventListener("hashchange", () => {
    if (document.querySelector(".cell:is(:target, :has(:target))")) {
      root.classList.remove("code-hidden");
      update();
    }
  });

  function update() {
    const hidden = root.classList.contains("code-hidden");
    hide.setAttribute("aria-pressed", hidden);
    show.setAttribute("aria-pressed", !hidden && folds.every((fold) => fold.open));
  }
}

function button(text, act) {
  const made = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: text,
  });
  made.addEventListener("click", act);
  return made;
}
