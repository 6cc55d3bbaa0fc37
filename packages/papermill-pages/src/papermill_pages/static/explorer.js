// Lets a reader of a page choose a point of a sweep, and shows what was executed there.
//
// The page holds the outputs of one point; those of each other are a script of their own,
// which also a page that was opened from a disk may load. What the reader chooses is kept
// in the address, as in `?windows.first_year=1995`. Without this script the page shows its
// one point and says what else was executed.

window.papermillPages = Object.assign(window.papermillPages ?? {}, {
  // A loaded file hands over its outputs here.
  arrived: (name, told) => arrivals.get(name)?.(told),
});

const arrivals = new Map();
const loaded = new Map();
const SHOWN = "Shown: ";
const LOST = "That choice could not be loaded. Still shown: ";

for (const root of document.querySelectorAll(".explorer")) explore(root);

function explore(root) {
  const facts = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const { controls, places, start, files } = facts;
  const form = root.querySelector(".explorer-controls");
  const outputs = root.querySelector(".explorer-outputs");
  const words = root.querySelector(".explorer-words");
  const moved = root.querySelector(".explorer-moved");
  const told = root.querySelector(".explorer-told");
  const notebook = root.querySelector(".explorer-notebook");
  const command = root.querySelector(".explorer-command code");
  const cells = [...root.querySelectorAll(".explorer-map td")].slice(1);
  const first = {
    html: outputs.innerHTML,
    command: command.textContent,
    notebook: notebook.getAttribute("href"),
  };
  let current = start; // what is chosen
  let shown = start; // what is seen; for a moment something else

  root.querySelector(".explorer-shown").dataset.room = longestStatus();
  keepRoom();
  form.querySelector(".explorer-fields").disabled = false;
  root.classList.add("explorer-ready");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const at = controls.findIndex(({ name }) => target.name === `${facts.name}.${name}`);
    const point = nearest(at, +target.value);
    const others = controls.filter(
      (_, i) => i !== at && places[point][i] !== places[current][i],
    );
    choose(point, others);
  });
  if (cells.length) setUpMap();
  const asked = fromAddress();
  if (asked === undefined) update();
  else choose(asked);

  // Which points there are -------------------------------------------------------------

  // The values of a control for which there is a point, given the controls before it.
  function allowedAt(at, place) {
    const found = places.filter((other) =>
      other.slice(0, at).every((it, i) => it === place[i]),
    );
    return [...new Set(found.map((other) => other[at]))].sort((a, b) => a - b);
  }

  // The point with this value; the controls behind it keep theirs as far as they can.
  function nearest(at, value) {
    const wanted = places[current].map((it, i) => (i === at ? value : it));
    let left = [...places.keys()];
    for (const i of controls.keys()) left = nearestTo(left, i, wanted[i]);
    return left[0];
  }

  function nearestTo(points, i, value) {
    const distance = (point) => Math.abs(places[point][i] - value);
    const least = Math.min(...points.map(distance));
    return points.filter((point) => distance(point) === least);
  }

  // The point that an address asks for, or the nearest; what it does not name may follow.
  function fromAddress() {
    const asked = new URLSearchParams(location.search);
    const texts = controls.map(({ name }) => asked.get(`${facts.name}.${name}`));
    if (texts.every((text) => text === null)) return undefined;
    const wanted = texts.map((text, i) => controls[i].texts.indexOf(text));
    const named = [...controls.keys()].filter((i) => wanted[i] >= 0);
    const unnamed = [...controls.keys()].filter((i) => wanted[i] < 0);
    let left = [...places.keys()];
    for (const i of [...named, ...unnamed]) {
      const value = wanted[i] < 0 ? places[start][i] : wanted[i];
      left = nearestTo(left, i, value);
    }
    return left[0];
  }

  function keepInAddress() {
    const address = new URL(location.href);
    controls.forEach(({ name, texts }, i) => {
      const key = `${facts.name}.${name}`;
      if (current === start) address.searchParams.delete(key);
      else address.searchParams.set(key, texts[places[current][i]]);
    });
    history.replaceState(history.state, "", address);
  }

  // Choosing ---------------------------------------------------------------------------

  // `others` are the controls that had to follow the one that the reader moved.
  function choose(point, others = []) {
    current = point;
    update();
    keepInAddress();
    show(point, others);
  }

  // Every control shows what is chosen and what can be.
  function update() {
    controls.forEach(({ name, texts }, at) => {
      const allowed = allowedAt(at, places[current]);
      const value = places[current][at];
      for (const field of form.elements) {
        if (field.name !== `${facts.name}.${name}`) continue;
        if (field.type === "radio") {
          field.checked = +field.value === value;
          field.disabled = !allowed.includes(+field.value);
        } else if (field.type === "range") {
          field.value = value; // where there is no point, it goes to the nearest
          field.setAttribute("aria-valuetext", texts[value]);
          field.disabled = allowed.length < 2;
          field.parentNode.querySelector(".explorer-value").textContent = texts[value];
        } else {
          field.value = value;
          for (const option of field.options) option.disabled = !allowed.includes(+option.value);
        }
      }
    });
    if (cells.length) updateMap();
  }

  async function show(point, others) {
    const fetched = point === start ? first : await load(files[point]);
    if (point !== current) return; // the reader has gone on
    if (!fetched) {
      current = shown;
      update();
      keepInAddress();
      told.textContent = LOST;
      return;
    }
    const made = document.createElement("div");
    made.innerHTML = fetched.html;
    // Nothing jumps: the new pictures are there before the old ones go.
    await Promise.allSettled([...made.querySelectorAll("img")].map((img) => img.decode()));
    if (point !== current) return;
    outputs.style.minHeight = `${outputs.getBoundingClientRect().height}px`;
    outputs.replaceChildren(...made.childNodes);
    keepRoom();
    for (const frame of outputs.querySelectorAll("*")) {
      // The theme lets the keyboard reach what scrolls, but only as a page opens.
      const scrolls = ["auto", "scroll"].includes(getComputedStyle(frame).overflowX);
      if (scrolls && frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    }
    notebook.setAttribute("href", fetched.notebook);
    command.textContent = fetched.command;
    shown = point;
    told.textContent = SHOWN;
    words.textContent = inWords((texts, i) => texts[places[point][i]]);
    moved.textContent = inWordsMoved(others);
    outputs.dispatchEvent(new CustomEvent("papermill-pages:swapped", { bubbles: true }));
  }

  function inWords(choose) {
    return controls.map(({ title, texts }, i) => `${title}: ${choose(texts, i)}`).join("; ");
  }

  function inWordsMoved(others) {
    const titles = others.map(({ title }) => title.toLowerCase()).join(" and ");
    return titles && ` (with the nearest ${titles} that there is)`;
  }

  // The longest that can be said of what is shown.
  function longestStatus() {
    const longest = (texts) => texts.reduce((a, b) => (b.length > a.length ? b : a));
    const all = inWords(longest);
    const combinations = controls.reduce((number, { texts }) => number * texts.length, 1);
    const movable = combinations > places.length ? controls : [];
    const moves = movable.map((one) => inWordsMoved(movable.filter((it) => it !== one)));
    return longest([LOST + all, ...moves.map((it) => SHOWN + all + it)]);
  }

  // Each paragraph has the room of the longest in its place, and each picture, with what
  // is below it, that of the highest: nothing moves.
  function keepRoom() {
    facts.rooms.forEach((room, i) => {
      if (!room.length) return;
      const output = outputs.children[i];
      const place = document.createElement("div");
      place.className = "explorer-place";
      output.replaceWith(place);
      place.append(output, ...room.map((needed) => unseen(output, needed)));
    });
  }

  // A copy that nobody sees or hears, with this paragraph or an empty picture of this
  // size: as high as the page's own style makes it, at any width.
  function unseen(output, needed) {
    const copy = output.cloneNode(true);
    copy.classList.add("explorer-unseen");
    copy.inert = true;
    for (const it of copy.querySelectorAll("[id]")) it.removeAttribute("id");
    for (const it of copy.querySelectorAll("[data-marks]")) delete it.dataset.marks;
    const picture = copy.querySelector("img");
    if (typeof needed === "string") {
      copy.querySelector("p").innerHTML = needed;
    } else if (picture) {
      const [wide, high] = needed;
      const empty = `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}"/>`;
      picture.alt = "";
      picture.src = `data:image/svg+xml,${encodeURIComponent(empty)}`;
    }
    return copy;
  }

  function load(name) {
    if (!loaded.has(name)) {
      const arriving = new Promise((resolve) => {
        arrivals.set(name, resolve);
        const script = document.createElement("script");
        script.src = `${facts.folder}/${name}.js`;
        script.onerror = () => {
          loaded.delete(name);
          script.remove();
          resolve(null);
        };
        document.head.append(script);
      });
      loaded.set(name, arriving);
    }
    return loaded.get(name);
  }

  // The map ----------------------------------------------------------------------------

  function setUpMap() {
    const map = root.querySelector(".explorer-map table");
    map.setAttribute("role", "grid");
    map.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button) choose(+button.value);
    });
    // Arrows move the focus alone, and Enter or Space chooses, as in other grids of
    // buttons: a choice is loaded and announced, which nobody wants at each step.
    map.addEventListener("focusin", ({ target }) => {
      for (const button of map.querySelectorAll("button")) {
        button.tabIndex = button === target ? 0 : -1;
      }
    });
    const steps = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    };
    map.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      const isEnd = ["Home", "End"].includes(event.key);
      if (event.ctrlKey || event.altKey || event.metaKey || !(step || isEnd)) return;
      event.preventDefault();
      let at = event.target.closest("td");
      if (isEnd) {
        const inRow = [...at.parentNode.querySelectorAll("button")];
        inRow.at(event.key === "Home" ? 0 : -1).focus();
        return;
      }
      do {
        const row = map.rows[at.parentNode.rowIndex + step[0]];
        at = row?.cells[at.cellIndex + step[1]];
      } while (at && !at.querySelector("button"));
      at?.querySelector("button").focus();
    });
  }

  function updateMap() {
    const { rows, columns, texts, shades } = facts.map;
    const wide = controls[columns].texts.length;
    const focused = root.querySelector(".explorer-map").contains(document.activeElement);
    for (const cell of cells) cell.replaceChildren();
    places.forEach((place, point) => {
      const same = (_, i) => i === rows || i === columns || place[i] === places[current][i];
      if (!controls.every(same)) return;
      const button = document.createElement("button");
      button.type = "button";
      button.value = point;
      button.textContent = texts[point];
      const said = [rows, columns].map(
        (i) => `${controls[i].title}: ${controls[i].texts[place[i]]}`,
      );
      button.setAttribute("aria-label", `${said.join(", ")}: ${texts[point]}`);
      button.setAttribute("aria-pressed", point === current);
      button.tabIndex = point === current ? 0 : -1;
      button.style.setProperty("--shade", Math.abs(shades[point]));
      if (shades[point] < 0) button.classList.add("falls");
      cells[place[rows] * wide + place[columns]].append(button);
      if (focused && point === current) button.focus();
    });
  }
}
