// Lets a reader search, filter and sort the ledger of claims.
// Without this script the ledger is a plain table that shows every claim.

const table = document.querySelector(".tag_ledger table");
if (table) improve(table);

function improve(table) {
  const rows = [...table.tBodies[0].rows];
  const headers = [...table.tHead.rows[0].cells];
  const statusColumn = headers.findIndex((header) => header.textContent.trim() === "status");
  const status = (row) => row.cells[statusColumn].textContent.trim();

  const search = element("input", { type: "search", autocomplete: "off" });
  const choice = element("select");
  choice.append(new Option(`all (${rows.length})`, ""));
  for (const name of [...new Set(rows.map(status))].sort()) {
    const count = rows.filter((row) => status(row) === name).length;
    choice.append(new Option(`${name} (${count})`, name));
  }
  const shown = element("output");
  const controls = element("form", { className: "ledger-controls" });
  controls.setAttribute("role", "search");
  controls.append(labelled("Search the claims", search), labelled("Status", choice), shown);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", filter);
  table.before(controls);

  for (const [column, header] of headers.entries()) {
    const button = element("button", { type: "button", textContent: header.textContent.trim() });
    button.addEventListener("click", () => sort(column));
    header.replaceChildren(button);
  }
  showTarget();
  window.addEventListener("hashchange", showTarget);
  filter();

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const found = words.every((word) => text.includes(word));
      row.hidden = !found || (choice.value !== "" && status(row) !== choice.value);
    }
    const count = rows.filter((row) => !row.hidden).length;
    shown.textContent = `${count} of ${rows.length} claims shown`;
  }

  function sort(column) {
    const ascending = headers[column].getAttribute("aria-sort") !== "ascending";
    for (const header of headers) header.removeAttribute("aria-sort");
    headers[column].setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const key = (row) => row.cells[column].textContent.trim().replaceAll(",", "");
    const sorted = rows.toSorted((a, b) => key(a).localeCompare(key(b), "en", { numeric: true }));
    table.tBodies[0].append(...(ascending ? sorted : sorted.reverse()));
  }

  // A link to a claim must find its row, whatever was typed before.
  function showTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target && table.contains(target)) {
      controls.reset();
      filter();
      target.scrollIntoView({ block: "center" });
    }
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function labelled(text, control) {
  const label = element("label", { textContent: `${text} ` });
  label.append(control);
  return label;
}
