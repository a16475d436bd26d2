"use strict";
// What the page knows and shows. Texts come from servers: they are only ever written as text.
const data = JSON.parse(document.getElementById("data").textContent);
const stores = data.stores.map((store) => ({ name: store.about.name, ...store }));
const verdicts = data.verdicts.map((verdict) => verdict.id);
const meanings = new Map(data.verdicts.map((verdict) => [verdict.id, verdict.meaning]));
const rowOf = new Map(data.rows.map((row) => [row.feature, row]));

/** What is chosen: also what stands behind "#" in the address, so that it can be sent to somebody. */
const state = { q: "", group: "", severity: "", differ: false, verdicts: new Set(), hidden: new Set(), open: null };

const byId = (id) => document.getElementById(id);

/** An element with attributes and children; children that are strings become text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

function icon(verdict) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${verdict}`);
  picture.append(use);
  return picture;
}

const badge = (verdict) => make("span", { class: `badge v-${verdict}`, title: meanings.get(verdict) }, icon(verdict), verdict);

const shownStores = () => stores.filter((store) => !state.hidden.has(store.name));

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  state.q = given.get("q") ?? "";
  state.group = given.get("group") ?? "";
  state.severity = given.get("severity") ?? "";
  state.differ = given.has("differ");
  state.verdicts = new Set((given.get("verdict") ?? "").split(",").filter((verdict) => meanings.has(verdict)));
  state.hidden = new Set((given.get("hide") ?? "").split(","));
  const feature = rowOf.has(given.get("feature")) ? given.get("feature") : null;
  const store = stores.some((each) => each.name === given.get("store")) ? given.get("store") : null;
  state.open = feature || store ? { feature, store } : null;
}

function writeAddress() {
  const told = new URLSearchParams();
  for (const name of ["q", "group", "severity"]) if (state[name]) told.set(name, state[name]);
  if (state.differ) told.set("differ", "1");
  if (state.verdicts.size) told.set("verdict", [...state.verdicts].join(","));
  const hidden = stores.filter((store) => state.hidden.has(store.name)).map((store) => store.name);
  if (hidden.length) told.set("hide", hidden.join(","));
  if (state.open?.feature) told.set("feature", state.open.feature);
  if (state.open?.store) told.set("store", state.open.store);
  const address = told.toString();
  if (address !== location.hash.slice(1)) history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
}
