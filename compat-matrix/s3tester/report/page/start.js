// Controls, and the first drawing.

function drawControls() {
  const dates = stores.map(day).filter(Boolean).sort();
  const span = dates.length ? `, measured ${dates[0]}${dates.at(-1) === dates[0] ? "" : ` to ${dates.at(-1)}`}` : "";
  byId("about").textContent = `${data.rows.length} features at ${stores.length} stores${span}. Every verdict is of an effect that was looked for, not of a status code: choose a cell for its evidence.`;
  for (const verdict of verdicts) {
    if (!stores.some((store) => store.counts[verdict])) continue;
    byId("legend").append(make("button", { type: "button", class: `chip v-${verdict}`, title: meanings.get(verdict), "data-verdict": verdict, onclick: () => {
      if (!state.verdicts.delete(verdict)) state.verdicts.add(verdict);
      changed();
    } }, icon(verdict), make("span", {}, verdict), make("b", {})));
  }
  for (const store of stores) {
    const box = make("input", { type: "checkbox", value: store.name, onchange: () => {
      if (box.checked) state.hidden.delete(store.name); else state.hidden.add(store.name);
      changed();
    } });
    byId("stores").lastElementChild.append(make("label", {}, box, make("span", {}, store.about.title)));
  }
  for (const { title, reason } of data.notRun) byId("not-run").querySelector("dl").append(make("dt", {}, title), make("dd", {}, reason));
  byId("not-run").hidden = !data.notRun.length;
}

function showControls() {
  byId("text").value = state.q;
  byId("group").value = state.group;
  byId("severity").value = state.severity;
  byId("differ").checked = state.differ;
  for (const box of byId("stores").querySelectorAll("input")) box.checked = !state.hidden.has(box.value);
  byId("stores").classList.toggle("narrowed", shownStores().length < stores.length);
}

function changed() {
  applyFilters();
  showControls();
  writeAddress();
}

function reset() {
  Object.assign(state, { q: "", group: "", severity: "", differ: false, verdicts: new Set(), hidden: new Set() });
  changed();
}

function fromAddress() {
  readAddress();
  applyFilters();
  showControls();
  showPanel();
}

drawTable();
drawControls();
byId("text").addEventListener("input", (event) => { state.q = event.target.value; changed(); });
byId("group").addEventListener("change", (event) => { state.group = event.target.value; changed(); });
byId("severity").addEventListener("change", (event) => { state.severity = event.target.value; changed(); });
byId("differ").addEventListener("change", (event) => { state.differ = event.target.checked; changed(); });
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("reset", (event) => { event.preventDefault(); reset(); });
byId("nothing").querySelector("button").addEventListener("click", reset);
byId("matrix").addEventListener("keydown", moveFocus);
byId("matrix").addEventListener("click", (event) => {
  const cell = event.target.closest(".cell");
  if (!cell) return;
  keepOneTabStop(cell);
  open({ feature: cell.dataset.feature, store: cell.dataset.store }, event.detail === 0); // 0: by the keyboard
});
byId("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
});
document.addEventListener("click", (event) => { if (!byId("stores").contains(event.target)) byId("stores").open = false; });
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select");
  if (event.key === "Escape" && byId("stores").open) byId("stores").open = false;
  else if (event.key === "Escape" && !byId("panel").hidden) closePanel();
  else if (event.key === "/" && !typing) { event.preventDefault(); byId("text").focus(); }
});
window.addEventListener("hashchange", fromAddress);
// Group lines stick below the head, whose height depends on fonts and titles.
new ResizeObserver(() => document.documentElement.style.setProperty("--head", `${byId("matrix").tHead.offsetHeight}px`)).observe(byId("matrix").tHead);
fromAddress();
