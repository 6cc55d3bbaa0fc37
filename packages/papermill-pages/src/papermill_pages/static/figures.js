// Shows what a mark of a figure tells: under the pointer or a finger, and by keyboard.
//
// A figure's marks stand in `data-marks`, one on a line: across and down in per mille of
// the picture, and the words. A slider that is not seen takes the keyboard, so that a
// screen reader says the words of each mark once. Without this script a figure is a
// picture.

(() => {
  const NEAR = 40; // pixels from the pointer to a mark
  const GAP = 14; // pixels between a mark and its words
  let told = null; // the figure whose value is shown

  setUp(document);
  // What another script has put on the page.
  document.addEventListener("papermill-pages:swapped", ({ target }) => setUp(target));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && told?.dismiss());
  document.addEventListener("pointerdown", ({ target }) => {
    if (told && !told.frame.contains(target)) told.hide();
  });

  function setUp(region) {
    for (const files of region.querySelectorAll(".figure-files[data-marks]")) {
      const above = files.previousElementSibling;
      const picture = above?.matches("img") ? above : above?.querySelector("img");
      if (picture) tell(picture, files.dataset.marks);
    }
  }

  function tell(picture, lines) {
    const marks = lines.split("\n").map((line) => {
      const [, across, down, words] = line.match(/^(\S+) (\S+) (.*)$/);
      return { across: across / 1000, down: down / 1000, words };
    });
    const frame = picture.parentElement;
    frame.classList.add("figure-pointed");
    // One may be left in HTML that a script took from the page and has put back.
    frame.querySelector(".figure-pointer")?.remove();
    const pointer = element("div", "figure-pointer");
    const slider = element("input");
    Object.assign(slider, { type: "range", min: 0, max: marks.length - 1, value: 0 });
    slider.setAttribute("aria-label", "Values of the figure");
    slider.setAttribute("aria-valuetext", marks[0].words);
    const ring = element("span", "ring");
    const words = element("span", "words");
    for (const part of [ring, words]) {
      part.hidden = true;
      part.setAttribute("aria-hidden", "true");
    }
    pointer.append(slider, ring, words);
    frame.append(pointer);

    let shown = -1;
    let dismissed = -1; // stays away until the pointer has been elsewhere
    const self = { frame, hide, dismiss };

    slider.addEventListener("focus", () => slider.matches(":focus-visible") && choose(0));
    slider.addEventListener("input", () => choose(0));
    slider.addEventListener("blur", hide);
    slider.addEventListener("keydown", (event) => {
      // Down goes on, as in a list; a slider would go back.
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      choose(step);
    });
    frame.addEventListener("pointermove", follow);
    frame.addEventListener("pointerdown", follow);
    frame.addEventListener("pointerleave", ({ pointerType }) => {
      // A finger leaves when it is lifted, to read.
      if (pointerType !== "touch") leave();
    });

    function choose(step) {
      slider.value = +slider.value + step;
      slider.setAttribute("aria-valuetext", marks[+slider.value].words);
      show(+slider.value);
    }

    function follow(event) {
      // Words under the pointer stay, so that they can be read.
      if (words.contains(event.target)) return;
      const box = frame.getBoundingClientRect();
      const x = event.clientX - box.left - frame.clientLeft + frame.scrollLeft;
      const y = event.clientY - box.top - frame.clientTop + frame.scrollTop;
      const distances = marks.map(place).map((it) => Math.hypot(it.x - x, it.y - y));
      const least = Math.min(...distances);
      const nearest = distances.indexOf(least);
      if (nearest !== dismissed) dismissed = -1;
      if (least <= NEAR && nearest !== dismissed) show(nearest);
      else leave();
    }

    function leave() {
      if (slider.matches(":focus-visible") && dismissed < 0) show(+slider.value);
      else hide();
    }

    function dismiss() {
      dismissed = shown;
      hide();
    }

    function hide() {
      shown = -1;
      ring.hidden = words.hidden = true;
      if (told === self) told = null;
    }

    function show(index) {
      if (told !== self) told?.hide();
      told = self;
      shown = index;
      const { x, y } = place(marks[index]);
      ring.hidden = words.hidden = false;
      words.textContent = marks[index].words;
      move(ring, x, y);
      const [from, room] = [frame.scrollLeft, frame.clientWidth];
      words.style.maxWidth = `${Math.min(room, 340)}px`;
      const { offsetWidth: width, offsetHeight: height } = words;
      const left = Math.max(from, Math.min(x - width / 2, from + room - width));
      const above = y - GAP - height;
      move(words, left, above >= 0 ? above : y + GAP);
    }

    // The place of a mark in the frame; the picture may have a margin of its own.
    function place({ across, down }) {
      const style = getComputedStyle(picture);
      const size = (name) => parseFloat(style[name]) || 0;
      const inner = (before, after) => {
        const start = size(`padding${before}`) + size(`border${before}Width`);
        return [start, start + size(`padding${after}`) + size(`border${after}Width`)];
      };
      const [left, sides] = inner("Left", "Right");
      const [top, ends] = inner("Top", "Bottom");
      return {
        x: picture.offsetLeft + left + across * (picture.offsetWidth - sides),
        y: picture.offsetTop + top + down * (picture.offsetHeight - ends),
      };
    }
  }

  function move(part, x, y) {
    part.style.left = `${x}px`;
    part.style.top = `${y}px`;
  }

  function element(name, className = "") {
    return Object.assign(document.createElement(name), { className });
  }
})();
