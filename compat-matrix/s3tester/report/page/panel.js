// The panel: what is behind a cell, a feature or a store.

function pairs(entries) {
  const list = make("dl", { class: "pairs" });
  for (const [name, value] of entries) if (value != null && value !== "") list.append(make("dt", {}, name), make("dd", {}, value));
  return list;
}

const code = (text) => (text == null ? null : make("code", {}, String(text)));
const number = (value) => (typeof value === "number" ? value.toLocaleString("en") : value.join(", ") || "none");
const day = (store) => (store.run.date ?? "").slice(0, 10);

function evidenceOf(evidence) {
  const headers = Object.entries(evidence.headers ?? {});
  const answer = [evidence.status, evidence.code].filter((part) => part != null).join(" ");
  return make("li", {},
    make("div", { class: "step" }, code(evidence.step), answer ? make("span", { class: "answer" }, answer) : null),
    pairs([["expected", evidence.expected], ["got", evidence.got], ["request id", code(evidence.request_id)]]),
    headers.length ? make("details", { open: headers.length <= 4 }, make("summary", {}, `${headers.length} header${headers.length > 1 ? "s" : ""}`), pairs(headers.map(([name, value]) => [code(name), code(value)]))) : null);
}

function resultOf(result, alone) {
  const measured = Object.entries(result.measured ?? {}).map(([feature, value]) => [code(feature), number(value)]);
  const steps = result.evidence ?? [];
  return make("section", { class: "result" },
    make("h3", {}, alone ? "Evidence" : result.title, alone ? null : badge(result.verdict)),
    alone ? null : make("p", { class: "scenario" }, code(result.scenario)),
    result.reason && result.verdict !== "supported" ? make("p", { class: `reason v-${result.verdict}` }, result.reason) : null,
    measured.length ? pairs(measured) : null,
    steps.length ? make("ol", { class: "evidence" }, ...steps.map(evidenceOf)) : make("p", { class: "muted" }, "No answers were recorded."));
}

function versionsOf(store) {
  const run = store.run;
  return make("footer", {}, pairs([
    ["store", `${store.about.title} ${store.about.version ?? ""}`],
    ["measured", (run.date ?? "").replace("T", " ").replace("Z", " UTC")],
    ["server says", code(run.server_header)],
    ["with", `s3tester ${run.tester}, boto3 ${run.boto3}, botocore ${run.botocore}, Python ${run.python}`],
    ["start it", code(store.about.how)],
  ]));
}

function cellPanel(row, store) {
  const cell = row.cells[store.name];
  const alone = cell.results.length === 1;
  return [
    make("p", { class: "above" }, link(store.about.title, { feature: null, store: store.name }), ` ${store.about.version ?? ""}`),
    make("h2", { class: "id" }, link(row.feature, { feature: row.feature, store: null })),
    make("p", {}, row.title),
    make("p", { class: "verdict" }, badge(cell.verdict), make("span", { class: "muted" }, meanings.get(cell.verdict))),
    ...cell.results.map((result) => resultOf(result, alone)),
    versionsOf(store),
  ];
}

function featurePanel(row) {
  const lines = shownStores().filter((store) => row.cells[store.name]).map((store) => {
    const cell = row.cells[store.name];
    const told = cell.results.filter((result) => result.verdict === cell.verdict && result.verdict !== "supported" && result.reason).map((result) => result.reason);
    const measured = cell.results.flatMap((result) => Object.entries(result.measured ?? {})).map(([feature, value]) => `${feature} = ${number(value)}`);
    return make("li", {},
      make("div", {}, link(store.about.title, { feature: row.feature, store: store.name }), badge(cell.verdict)),
      make("p", { class: "muted" }, [...new Set([...told, ...measured])].join("; ")));
  });
  return [make("p", { class: "above" }, `${row.group}, ${row.severity}`), make("h2", { class: "id" }, row.feature), make("p", {}, row.title), make("ul", { class: "lines" }, ...lines)];
}

function storePanel(store) {
  const counts = make("ul", { class: "counts" }, ...verdicts.filter((verdict) => store.counts[verdict]).map((verdict) => make("li", {}, badge(verdict), make("b", {}, String(store.counts[verdict])))));
  const measured = new Map(data.rows.flatMap((row) => (row.cells[store.name]?.results ?? []).flatMap((result) => Object.entries(result.measured ?? {}))));
  return [
    make("p", { class: "above" }, store.about.family ?? ""),
    make("h2", {}, store.about.title),
    make("p", {}, `${store.about.version ?? ""}${store.about.version && day(store) ? ", " : ""}${day(store) ? `measured on ${day(store)}` : ""}`),
    counts,
    measured.size ? make("h3", {}, "Measured") : null,
    measured.size ? pairs([...measured].sort().map(([feature, value]) => [code(feature), number(value)])) : null,
    versionsOf(store),
  ];
}

const link = (text, what) => make("button", { type: "button", class: "link", onclick: () => open(what) }, text);

function open(what, takeFocus = true) {
  state.open = what;
  showPanel();
  writeAddress();
  if (takeFocus) byId("panel").querySelector("h2").focus();
}

function showPanel() {
  const panel = byId("panel");
  const row = rowOf.get(state.open?.feature);
  const store = stores.find((each) => each.name === state.open?.store);
  const missing = row && store && !row.cells[store.name];
  panel.hidden = !state.open || missing;
  for (const chosen of document.querySelectorAll(".chosen")) chosen.classList.remove("chosen");
  if (panel.hidden) return;
  const content = row && store ? cellPanel(row, store) : row ? featurePanel(row) : storePanel(store);
  panel.replaceChildren(make("button", { type: "button", class: "close", title: "Close (Esc)", "aria-label": "Close", onclick: closePanel }, "\u00d7"), ...content.filter(Boolean));
  panel.querySelector("h2").tabIndex = -1;
  panel.scrollTop = 0;
  const one = row && drawn.find((each) => each.row === row);
  const place = store && one ? one.cells.get(store.name) : one?.line;
  place?.classList.add("chosen");
  place?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function closePanel() {
  const { feature, store } = state.open ?? {};
  state.open = null;
  showPanel();
  writeAddress();
  const one = drawn.find((each) => each.row.feature === feature);
  (one?.cells.get(store) ?? one?.line.querySelector(".feature") ?? byId("matrix").querySelector(`thead [data-store="${CSS.escape(store ?? "")}"] button`))?.focus();
}
