// Lets a reader search, filter and sort a long list. What she chose is kept in the
// address, so that a list can be linked to and the back button works.
// Without this script a list is a plain table that shows every row.
//
// A list is what stands in `.tag_ledger`: one table, or several in groups that fold
// (`.exhibits-of-page`). In a row, `.status`, `.author`, `.topic`, `.compared` and `.kind`
// are what it can be filtered by, and `.more` is folded.

const list = document.querySelector(".tag_ledger");
if (list && list.querySelector("tbody tr")) improve(list);

function improve(list) {
  const FILTERS = {
    status: "Verdict",
    author: "Author",
    topic: "Topic",
    compared: "Compared with",
    kind: "Kind",
  };
  // Verdicts that belong together, marked by a class; the first is shown to begin with.
  const TOGETHER = {
    tests: "all tests that could fail",
    adverse: "differs or contradicts",
  };
  const ALL = "all";

  const things = list.querySelector("[id^=claim-]") ? "claims" : "entries";
  const rows = [...list.querySelectorAll("tbody tr")];
  const facts = new Map(rows.map((row) => [row, read(row)]));
  rows.forEach(fold);

  const search = element("input", { type: "search", name: "q", autocomplete: "off" });
  const choices = Object.keys(FILTERS)
    .filter((name) => list.querySelector(`tbody .${name}`))
    .map(choice);
  const initial = Object.fromEntries(choices.map((each) => [each.name, each.value]));
  const shown = element("output", { className: "count" });
  const copied = element("output");
  const chosen = element("p", { className: "chosen" }); // for paper
  const everything = element("button", {
    type: "button",
    textContent: `Show all ${rows.length}`,
  });
  const controls = element("form", { className: "ledger-controls" });
  controls.setAttribute("role", "search");
  controls.append(
    labelled(`Search the ${things}`, search),
    ...choices.map((each) => labelled(FILTERS[each.name], each)),
    everything,
    shown,
    chosen,
    copied,
  );
  (list.querySelector(".cell_output") ?? list).prepend(controls);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", (event) => {
    copied.textContent = "";
    widen(event.target);
    filter();
    keep(event.target === search ? "replaceState" : "pushState");
  });
  everything.addEventListener("click", () => {
    choose({ status: ALL });
    keep("pushState");
  });

  const tables = list.querySelectorAll("table");
  const only = tables.length === 1 ? tables[0] : null;
  if (only) makeSortable(only);
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => rows.forEach(unfoldForPrint));
  addEventListener("afterprint", () => rows.forEach(foldAfterPrint));
  follow();

  // What a row can be found by ---------------------------------------------------------

  function read(row) {
    const head = row.closest(".exhibits-of-page")?.querySelector("p");
    const text = `${row.textContent} ${head?.textContent ?? ""}`.toLowerCase();
    const prefix = [...(head?.querySelectorAll("code") ?? [])].at(-1)?.textContent;
    const names = [...row.querySelectorAll("td:first-child code")];
    const keys = names.map(({ textContent }) => `${prefix}.${textContent}`.toLowerCase());
    const values = { text, keys, groups: [] };
    for (const name of Object.keys(FILTERS)) {
      const told = row.querySelector(`.${name}`);
      values[name] = told ? told.textContent.trim() : "";
    }
    const groups = Object.keys(TOGETHER);
    values.groups = groups.filter((name) => row.querySelector(`.status.${name}`));
    return values;
  }

  function matches(row) {
    const { text, keys, groups, ...values } = facts.get(row);
    const words = search.value.toLowerCase().split(/\s+/);
    // The whole key of a number is found, too, where `region.*` stands for it.
    const has = (word) =>
      text.includes(word) ||
      keys.some(
        (key) =>
          key.includes(word) || (key.endsWith(".*") && word.startsWith(key.slice(0, -1))),
      );
    return (
      words.every(has) &&
      choices.every(
        ({ name, value }) =>
          value === ALL ||
          value === slug(values[name]) ||
          (name === "status" && groups.includes(value)),
      )
    );
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      row.hidden = !matches(row);
      for (const folded of row.querySelectorAll("details")) {
        // Words that stand only in what is folded are shown.
        const outside = row.textContent.replace(folded.textContent, "").toLowerCase();
        folded.open = !words.every((word) => outside.includes(word));
      }
    }
    const visible = rows.filter((row) => !row.hidden);
    const narrowed = visible.length < rows.length;
    for (const group of list.querySelectorAll(".exhibits-of-page")) {
      const inside = visible.filter((row) => group.contains(row));
      group.hidden = inside.length === 0;
      const folded = group.querySelector("details");
      if (folded) folded.open = narrowed && inside.length > 0;
    }
    if (only) only.hidden = visible.length === 0;
    const count = `${visible.length} of ${rows.length} ${things} shown`;
    const told = inWords();
    shown.textContent = visible.length
      ? count
      : `${count}: none has ${told}. “${everything.textContent}” takes this back.`;
    chosen.textContent = narrowed ? `Only ${things} with ${told} stand here.` : "";
    everything.hidden = !narrowed;
  }

  // What is chosen, as in: verdict “differs” and the words “year by year”.
  function inWords() {
    const parts = choices
      .filter(({ value }) => value !== ALL)
      .map(({ name, selectedOptions: [{ text }] }) => {
        return `${FILTERS[name].toLowerCase()} “${text.replace(/ \(\d+\)$/, "")}”`;
      });
    if (search.value.trim()) parts.push(`the words “${search.value.trim()}”`);
    return parts.join(" and ");
  }

  // The controls and the address -------------------------------------------------------

  function choice(name) {
    const select = element("select", { name });
    const values = [...facts.values()];
    const entry = (label, value, count) =>
      select.append(new Option(`${label} (${count})`, value));
    entry("all", ALL, rows.length);
    if (name === "status") {
      for (const [group, label] of Object.entries(TOGETHER)) {
        const count = values.filter((each) => each.groups.includes(group)).length;
        if (count) entry(label, group, count);
      }
    }
    const labels = values.map((each) => each[name]).filter(Boolean);
    // Verdicts stand in the order in which the page explains them.
    const targets = [...document.querySelectorAll("[id^=status-]")].map(({ id }) => id);
    const rank = (label) => targets.indexOf(`status-${slug(label)}`);
    const inOrder = (a, b) => rank(a) - rank(b) || a.localeCompare(b, "en");
    for (const label of [...new Set(labels)].sort(inOrder)) {
      entry(label, slug(label), labels.filter((each) => each === label).length);
    }
    const first = Object.keys(TOGETHER)[0];
    if (name === "status" && select.querySelector(`[value=${first}]`)) {
      select.value = first;
    }
    return select;
  }

  // Who searches for words means the whole list, unless she has chosen a verdict.
  function widen(changed) {
    const status = choices.find((each) => each.name === "status");
    const chosen = new URLSearchParams(location.search).has("status");
    if (status && changed !== status && !chosen) status.value = ALL;
  }

  function choose(wanted) {
    search.value = wanted.q ?? "";
    for (const each of choices) {
      const offered = [...each.options].some(({ value }) => value === wanted[each.name]);
      const other = each.name === "status" ? initial.status : ALL;
      each.value = offered ? wanted[each.name] : other;
    }
    filter();
  }

  function keep(how, place = "") {
    const address = new URL(location.href);
    address.hash = place;
    for (const { name, value } of [search, ...choices]) {
      if (value === (initial[name] ?? "")) address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    try {
      history[how](null, "", address);
    } catch {
      // From disk some browsers keep the address as it is.
    }
  }

  // Show what the address asks for: a status, chosen values or one row.
  function follow() {
    const place = decodeURIComponent(location.hash.slice(1));
    const status = place.match(/^status-(.+?)(?:-compared-(.+))?$/);
    const target = place ? document.getElementById(place) : null;
    if (status) {
      choose({ status: status[1], compared: status[2] });
      keep("replaceState", "#the-ledger");
      bring(list);
      return;
    }
    const asked = new URLSearchParams(location.search);
    const isAsked = [search, ...choices].some(({ name }) => asked.has(name));
    choose(Object.fromEntries(asked));
    const row = rows.find((each) => target && each.contains(target));
    if (row) {
      if (row.hidden) choose({ status: ALL });
      for (const folded of row.querySelectorAll("details")) folded.open = true;
      bring(target, { block: "center" });
    } else if (!place && choices.some(({ name }) => asked.has(name))) {
      bring(list);
    }
    // What is not offered does not stay in the address.
    if (isAsked) keep("replaceState", location.hash);
  }

  // The rows ---------------------------------------------------------------------------

  function fold(row) {
    const more = row.querySelector(".more");
    if (!more) return;
    const folded = element("details");
    const target = row.querySelector("[id^=claim-]");
    folded.append(element("summary", { textContent: "Details" }));
    more.replaceWith(folded);
    folded.append(more);
    if (target) folded.after(linkTo(target.id));
  }

  function linkTo(id) {
    const link = element("a", { href: `#${id}`, textContent: "Link", className: "row-link" });
    link.setAttribute("aria-label", "Link to this claim");
    link.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(link.href.replace(/\?[^#]*/, ""));
        copied.textContent = "The link to this claim is copied.";
      } catch {
        // The address of the page now leads to the claim, and can be copied there.
      }
    });
    return link;
  }

  function makeSortable(table) {
    const headers = [...table.tHead.rows[0].cells];
    for (const [column, header] of headers.entries()) {
      const name = header.textContent.trim();
      const button = element("button", { type: "button", textContent: name });
      button.addEventListener("click", () => sort(table, headers, column));
      header.replaceChildren(button);
    }
    // A phone shows rows as cards, which would take their meaning as a table.
    table.setAttribute("role", "table");
    for (const body of table.tBodies) body.setAttribute("role", "rowgroup");
    for (const row of rows) {
      row.setAttribute("role", "row");
      for (const cell of row.cells) cell.setAttribute("role", "cell");
    }
  }

  function sort(table, headers, column) {
    const ascending = headers[column].getAttribute("aria-sort") !== "ascending";
    for (const header of headers) header.removeAttribute("aria-sort");
    headers[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const key = (row) => row.cells[column].textContent.trim().replaceAll(",", "");
    const sorted = rows.toSorted((a, b) =>
      key(a).localeCompare(key(b), "en", { numeric: true }),
    );
    table.tBodies[0].append(...(ascending ? sorted : sorted.reverse()));
  }

  // Paper shows the rows that the screen shows, with all that is folded.
  function unfoldForPrint(row) {
    for (const folded of row.querySelectorAll("details:not([open])")) {
      folded.dataset.printed = "";
      folded.open = true;
    }
  }

  function foldAfterPrint(row) {
    for (const folded of row.querySelectorAll("details[data-printed]")) {
      delete folded.dataset.printed;
      folded.open = false;
    }
  }
}

// A browser scrolls to what the address names, after it has told of the address, and
// again when the page is loaded.
function bring(place, how) {
  const scroll = () => requestAnimationFrame(() => place.scrollIntoView(how));
  scroll();
  if (document.readyState !== "complete") addEventListener("load", scroll, { once: true });
}

function slug(label) {
  return label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function labelled(text, control) {
  const label = element("label");
  label.append(element("span", { textContent: text }), control);
  return label;
}
