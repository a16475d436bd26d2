// The table: drawn once, then rows and columns are shown and hidden.
const drawn = []; // of each row: { row, line, cells: Map(store -> button), search }

function storeHead(store) {
  const total = Object.values(store.counts).reduce((sum, times) => sum + times, 0);
  const told = verdicts.filter((verdict) => store.counts[verdict]).map((verdict) => `${store.counts[verdict]} ${verdict}`);
  const bar = make("span", { class: "bar" });
  for (const verdict of verdicts) {
    if (!store.counts[verdict]) continue;
    const piece = make("i", { class: `v-${verdict}` });
    piece.style.flexGrow = store.counts[verdict];
    bar.append(piece);
  }
  return make("th", { scope: "col", "data-store": store.name },
    make("button", { type: "button", class: "store", title: `${store.about.title}: ${told.join(", ")}`, onclick: () => open({ feature: null, store: store.name }) },
      make("strong", {}, store.about.title),
      make("small", { class: "version" }, store.about.version ?? "\u00a0"),
      make("span", { class: "count" }, make("b", {}, String(store.counts.supported ?? 0)), ` of ${total}`),
      bar));
}

function cellOf(row, store) {
  const cell = row.cells[store.name];
  if (!cell) return make("td", { "data-store": store.name, class: "none", role: "gridcell" });
  const tried = cell.results.filter((result) => result.verdict !== "not-run").length;
  const good = cell.results.filter((result) => result.verdict === "supported").length;
  const mixed = good > 0 && good < tried;
  const reason = cell.results.find((result) => result.verdict === cell.verdict && result.reason)?.reason;
  const button = make("button", {
    type: "button", tabindex: "-1", class: `cell v-${cell.verdict}`,
    title: reason && cell.verdict !== "supported" ? `${cell.verdict}: ${reason}` : cell.verdict,
    "aria-label": `${row.feature}, ${store.about.title}: ${cell.verdict}${mixed ? `, ${good} of ${tried} scenarios supported` : ""}`,
  }, icon(cell.verdict), mixed ? make("small", {}, `${good}/${tried}`) : null);
  button.dataset.feature = row.feature;
  button.dataset.store = store.name;
  return make("td", { "data-store": store.name, role: "gridcell" }, button);
}

function drawTable() {
  const table = byId("matrix");
  table.classList.toggle("few", stores.length <= 6); // then there is room for whole titles
  table.tHead.append(make("tr", {}, make("th", { scope: "col", class: "corner" }, "Feature"), ...stores.map(storeHead)));
  let group = null;
  for (const row of data.rows) {
    if (row.group !== group) {
      group = row.group;
      const sums = stores.map((store) => make("td", { "data-store": store.name, "data-sum": store.name }));
      const fold = make("button", { type: "button", "aria-expanded": "true", onclick: (event) => {
        const folded = event.currentTarget.closest("tbody").classList.toggle("folded");
        event.currentTarget.setAttribute("aria-expanded", String(!folded));
      } }, group);
      table.append(make("tbody", { "data-group": group }, make("tr", { class: "group" }, make("th", { scope: "rowgroup" }, fold), ...sums)));
      byId("group").append(make("option", {}, group));
    }
    const name = make("button", { type: "button", class: "feature", title: row.title, onclick: () => open({ feature: row.feature, store: null }) },
      make("code", {}, row.feature), make("span", {}, row.title));
    const severity = row.severity === "core" ? make("i", { class: "core", title: "core: most programs need it" }, "core") : null;
    const line = make("tr", {}, make("th", { scope: "row" }, make("div", {}, name, severity)), ...stores.map((store) => cellOf(row, store)));
    const cells = new Map([...line.querySelectorAll(".cell")].map((button) => [button.dataset.store, button]));
    const reasons = Object.values(row.cells).flatMap((cell) => cell.results.map((result) => `${result.scenario} ${result.reason ?? ""}`));
    drawn.push({ row, line, cells, search: [row.feature, row.title, ...reasons].join(" ").toLowerCase() });
    table.tBodies[table.tBodies.length - 1].append(line);
  }
}

function isWanted({ row, search }, visible) {
  if (state.group && row.group !== state.group) return false;
  if (state.severity && row.severity !== state.severity) return false;
  if (!state.q.toLowerCase().split(/\s+/).every((word) => search.includes(word))) return false;
  const here = visible.map((store) => row.cells[store.name]?.verdict).filter(Boolean);
  if (state.differ && new Set(here.filter((verdict) => verdict !== "not-run")).size < 2) return false;
  return !state.verdicts.size || here.some((verdict) => state.verdicts.has(verdict));
}

function applyFilters() {
  const visible = shownStores();
  let shown = 0;
  const totals = new Map(verdicts.map((verdict) => [verdict, 0]));
  const sums = new Map();
  for (const one of drawn) {
    one.line.hidden = !isWanted(one, visible);
    if (!one.line.hidden) shown += 1;
    for (const [store, button] of one.cells) {
      const verdict = one.row.cells[store].verdict;
      button.classList.toggle("pale", state.verdicts.size > 0 && !state.verdicts.has(verdict));
      if (state.hidden.has(store)) continue;
      totals.set(verdict, totals.get(verdict) + 1);
      const key = `${one.row.group} ${store}`;
      const sum = sums.get(key) ?? [0, 0];
      sums.set(key, [sum[0] + (verdict === "supported"), sum[1] + (verdict !== "not-run")]);
    }
  }
  for (const body of byId("matrix").tBodies) {
    body.hidden = ![...body.rows].some((line) => !line.hidden && !line.classList.contains("group"));
    for (const cell of body.querySelectorAll("[data-sum]")) {
      const [good, all] = sums.get(`${body.dataset.group} ${cell.dataset.sum}`) ?? [0, 0];
      cell.textContent = all ? `${good}/${all}` : "";
    }
  }
  for (const cell of byId("matrix").querySelectorAll("[data-store]:not(.cell)")) cell.hidden = state.hidden.has(cell.dataset.store);
  for (const chip of byId("legend").children) {
    chip.setAttribute("aria-pressed", String(state.verdicts.has(chip.dataset.verdict)));
    chip.querySelector("b").textContent = totals.get(chip.dataset.verdict);
  }
  byId("nothing").hidden = shown > 0;
  byId("matrix").hidden = shown === 0;
  byId("shown").textContent = `${shown} of ${drawn.length} features`;
  keepOneTabStop();
}

/** Cells that arrow keys may reach now, line by line. */
function reachable() {
  return drawn
    .filter(({ line }) => line.offsetParent !== null)
    .map(({ cells }) => shownStores().map((store) => cells.get(store.name) ?? null));
}

function keepOneTabStop(wanted) {
  const lines = reachable();
  const all = lines.flat().filter(Boolean);
  const before = byId("matrix").querySelector(".cell[tabindex='0']");
  const next = wanted ?? (all.includes(before) ? before : all[0]);
  before?.setAttribute("tabindex", "-1");
  next?.setAttribute("tabindex", "0");
}

function moveFocus(event) {
  const from = event.target.closest(".cell");
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -1e6], End: [0, 1e6] };
  if (!from || !(event.key in steps) || event.altKey || event.metaKey) return;
  event.preventDefault();
  const lines = reachable();
  let y = lines.findIndex((line) => line.includes(from));
  let x = lines[y].indexOf(from);
  const [down, right] = event.ctrlKey ? steps[event.key].map((step) => step * 1e6) : steps[event.key];
  const within = (value, length) => Math.min(Math.max(value, 0), length - 1);
  y = within(y + down, lines.length);
  x = within(x + right, lines[y].length);
  const back = down < 0 || right < 0 ? 1 : -1; // from the edge inward, past cells that are empty
  while (lines[y] && !lines[y][x]) {
    if (down) y += Math.sign(down) || back; else x += Math.sign(right) || back;
    if (!lines[y] || x < 0 || x >= lines[y].length) return;
  }
  keepOneTabStop(lines[y][x]);
  lines[y][x].focus();
  if (!byId("panel").hidden) open({ feature: lines[y][x].dataset.feature, store: lines[y][x].dataset.store }, false);
}
