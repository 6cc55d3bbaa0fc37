// Shows what a mark of a figure tells: under the pointer or a finger, and by keyboard.
//
// A figure's marks stand in `data-marks`, one on a line: across and down in per mille of
// the picture, and the words. A slider without a look takes the keyboard, so that a
// program that reads the screen aloud says the words of each mark, once. Without this
// script a figure is a picture.

setUp(document);
// What another script has put on the page.
document.addEventListener("papermill-pages:swapped", ({ target }) => setUp(target));

function setUp(region) {
  for (const files of region.querySelectorAll(".figure-files[data-marks]")) {
    const picture = files.previousElementSibling?.querySelector("img") ?? files.previousElementSibling;
    if (picture?.matches("img")) point(picture, files.dataset.marks);
  }
}

function point(picture, text) {
  const NEAR = 40; // pixels from the pointer
  const GAP = 14; // between a mark and its words
  const marks = text.split("\n").map((line) => {
    const [, across, down, words] = line.match(/^(\S+) (\S+) (.*)$/);
    return { across: across / 1000, down: down / 1000, words };
  });
  const frame = picture.parentElement;
  frame.classList.add("figure-pointed");
  // One of an earlier life, if a script has put this HTML back.
  frame.querySelector(".figure-pointer")?.remove();

  const pointer = element("div", "figure-pointer");
  const slider = element("input");
  Object.assign(slider, { type: "range", min: 0, max: marks.length - 1, value: 0 });
  slider.setAttribute("aria-label", `Values of the figure, ${marks.length} in all`);
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
  let dismissed = -1; // stays away until the reader has been elsewhere

  slider.addEventListener("focus", () => show(+slider.value));
  slider.addEventListener("blur", hide);
  slider.addEventListener("input", () => show(+slider.value));
  slider.addEventListener("keydown", (event) => {
    // Down goes on, as in a list; a slider would go back.
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    slider.value = +slider.value + step;
    show(+slider.value);
  });
  document.addEventListener("keydown", dismiss);
  frame.addEventListener("pointermove", follow);
  frame.addEventListener("pointerdown", follow);
  frame.addEventListener("pointerleave", leave);

  function dismiss({ key }) {
    if (!picture.isConnected) document.removeEventListener("keydown", dismiss);
    if (key !== "Escape" || shown < 0) return;
    dismissed = shown;
    hide();
  }

  function follow(event) {
    // Words under the pointer stay, so that they can be read and selected.
    if (words.contains(event.target)) return;
    const box = area();
    const { x: left, y: top } = frame.getBoundingClientRect();
    const x = event.clientX - left + frame.scrollLeft;
    const y = event.clientY - top + frame.scrollTop;
    const distance = ({ across, down }) =>
      Math.hypot(box.left + across * box.width - x, box.top + down * box.height - y);
    const distances = marks.map(distance);
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

  function show(index) {
    shown = index;
    const mark = marks[index];
    slider.setAttribute("aria-valuetext", marks[+slider.value].words);
    words.textContent = mark.words;
    ring.hidden = words.hidden = false;
    const box = area();
    const x = box.left + mark.across * box.width;
    const y = box.top + mark.down * box.height;
    ring.style.left = `${x}px`;
    ring.style.top = `${y}px`;
    const from = frame.scrollLeft;
    words.style.maxWidth = `${Math.min(frame.clientWidth, 340)}px`;
    const { offsetWidth: width, offsetHeight: height } = words;
    const most = Math.max(from, from + frame.clientWidth - width);
    words.style.left = `${Math.min(Math.max(x - width / 2, from), most)}px`;
    const above = y - GAP - height;
    words.style.top = `${above >= 0 ? above : y + GAP}px`;
  }

  function hide() {
    shown = -1;
    ring.hidden = words.hidden = true;
  }

  // The place of the drawing in its frame, without what may surround it.
  function area() {
    const style = getComputedStyle(picture);
    const inset = (side) => parseFloat(style[`padding${side}`]) + parseFloat(style[`border${side}Width`]);
    return {
      left: picture.offsetLeft + inset("Left"),
      top: picture.offsetTop + inset("Top"),
      width: picture.offsetWidth - inset("Left") - inset("Right"),
      height: picture.offsetHeight - inset("Top") - inset("Bottom"),
    };
  }
}

function element(name, className = "") {
  return Object.assign(document.createElement(name), { className });
}
