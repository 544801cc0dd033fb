// The page: it asks the server for events ten times a second, and shows them.
import { Lanes, TIME, KIND, UNIT, CALLBACK, TEXT, ORDER } from "./lanes.js";

const $ = id => document.getElementById(id);
const EVERY = 100; // ms from one answer to the next question
let since = 0, last = null, pinned = false, listings = [], tab = 0;

const lanes = new Lanes($("canvas"), showSelected, row => { if (row) tell(row); else showSelected(lanes.selected); });

window.watched = lanes; // for the console, and for tests

async function post(path, fields) {
  try {
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    if (!answer.ok) $("selected").textContent = await answer.text();
  } catch {
    gone();
  }
}
const control = (what, value = "") => post("control", { do: what, value });

async function ask() {
  let took = 0;
  try {
    const answer = await fetch("events?since=" + since);
    if (!answer.ok) throw new Error(await answer.text());
    const told = await answer.json(), began = performance.now();
    take(told);
    took = performance.now() - began;
  } catch (error) {
    gone();
  }
  setTimeout(ask, document.body.dataset.state === "gone" ? 2000 : Math.max(EVERY, 5 * took));
}

function gone() {
  setText($("status"), "the server does not answer; it has probably ended");
  document.body.dataset.state = "gone";
}

function take(answer) {
  if (answer.next < since || last && answer.now + 1 < last.now) { location.reload(); return; } // another server
  since = answer.next;
  last = answer;
  lanes.take(answer);
  showState(answer);
  showQueue(answer);
  showRunning(answer);
  showClients(answer.clients);
  showUnits();
  if (!lanes.selected) mark(answer.last[0] ?? null, answer.in, answer.state.Paused);
  $("picture").href = `history.svg?from=${Math.max(0, lanes.right() - lanes.span())}&to=${lanes.right()}`;
  $("span").textContent = seconds(lanes.span());
}

// setText changes what is shown only if it differs, so that a reader is not told
// the same again.
function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

function seconds(s) {
  if (s >= 1) return +s.toPrecision(3) + " s";
  if (s >= 1e-3) return +(s * 1e3).toPrecision(3) + " ms";
  return +(s * 1e6).toPrecision(3) + " µs";
}

function showState({ state, pace, blocking, now, kernel }) {
  let text = "running";
  if (state.Released) text = "stopping: it takes no more clients";
  else if (state.Paused) text = "paused";
  else if (state.Pausing) text = "pausing, when the callback that is running has returned";
  else if (state.Running) text = "running, to the end of the callback with the next such event";
  if (state.Slower > 1 && !state.Paused) text += ", " + state.Slower + " times slower";
  if (blocking) text += ", waiting for each client as IDL does (-blocking)";
  document.body.dataset.state = state.Paused ? "paused" : "running";
  const waits = [];
  if (kernel) {
    const s = n => n === 1 ? "" : "s";
    if (kernel.clients) waits.push(`${kernel.clients} client${s(kernel.clients)} to be accepted`);
    if (kernel.unread) waits.push(`${kernel.unread} byte${s(kernel.unread)} to be read`);
    if (kernel.unsent) waits.push(`${kernel.unsent} byte${s(kernel.unsent)} to be taken by clients`);
    text += waits.length ? "; in the kernel wait " + waits.join(" and ") : "; nothing waits in the kernel";
  }
  setText($("status"), text + (state.Paused ? " · at " : " · ") + now.toFixed(state.Paused ? 6 : 1) + " s");
  setText($("pause"), state.Paused || state.Pausing ? "Resume" : "Pause");
  for (const input of document.querySelectorAll("#speed input")) if (!input.matches(":active")) input.checked = +input.value === state.Slower;
  for (const input of document.querySelectorAll("#pace input")) input.checked = input.value === pace;
}

let queueShown = "";
function showQueue({ queue, pending, now, state }) {
  const lines = queue.slice(0, 10).map(p => {
    const away = p.due - now;
    return [p.unit, p.callback, away < -0.0005 ? seconds(-away) + " late" : !state.Paused ? p.due.toFixed(3) + " s" : away <= 0 ? "due" : "in " + seconds(away)];
  });
  const text = JSON.stringify([lines, pending, lanes.selected?.[UNIT]]);
  if (text === queueShown) return;
  queueShown = text;
  $("queue-rows").replaceChildren(...lines.map(([unit, callback, due]) => {
    const row = document.createElement("tr");
    row.className = lanes.selected?.[UNIT] === unit ? "same" : "";
    for (const [value, name] of [[unit, "n"], [callback, ""], [due, "n"]]) {
      const cell = row.insertCell();
      cell.textContent = value;
      cell.className = name;
    }
    return row;
  }));
  setText($("queue-count"), pending === 1 ? "1 callback" : pending + " callbacks");
  setText($("queue-more"), pending > lines.length ? `and ${pending - lines.length} more` : pending ? "" : "Empty: the callback that is running has not set itself again yet.");
}

function showRunning({ last: [row], in: callback, state }) {
  const waits = row && row[KIND] === "poll" && !state.Paused;
  setText($("running"), waits ? `Now: unit ${row[UNIT]}, ${callback}, waits in its poll.` : state.Paused ? "Now: none, while it is paused." : "Now: each returns at once.");
}

const NAMES = { one: "asks", ten: "one of ten", bytes: "a byte a second", silent: "says nothing", deaf: "does not read", leaves: "leaves midway" };
let clientsShown = "";
function showClients(clients) {
  const text = JSON.stringify(clients.map(c => [c, lanes.accepted?.get(c.port)?.[UNIT]]));
  if (text === clientsShown) return;
  clientsShown = text;
  const focused = document.activeElement.closest("#clients") && document.activeElement.getAttribute("aria-label");
  $("clients").replaceChildren(...clients.map(c => {
    const item = document.createElement("li");
    item.className = c.done ? "done" : "";
    item.textContent = `${c.number}, ${NAMES[c.kind] ?? c.kind}: ${c.text}`;
    const row = lanes.accepted?.get(c.port);
    if (row) {
      const button = document.createElement("button");
      button.textContent = "unit " + row[UNIT];
      button.title = "Select where client " + c.number + " was accepted";
      button.setAttribute("aria-label", `unit ${row[UNIT]} of client ${c.number}`);
      button.addEventListener("click", () => lanes.select(row));
      item.append(button);
    }
    return item;
  }));
  const buttons = clientButtons(), at = Math.max(0, buttons.findIndex(b => b.getAttribute("aria-label") === focused));
  buttons.forEach((b, i) => { b.tabIndex = i === at ? 0 : -1; });
  if (focused) buttons[at]?.focus();
}

// The buttons of the clients are one stop of the Tab key; up and down lead from one
// to the next.
const clientButtons = () => [...$("clients").querySelectorAll("button")];
$("clients").addEventListener("keydown", e => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[e.key], buttons = clientButtons(), next = by && buttons[buttons.indexOf(e.target) + by];
  if (!next) return;
  e.preventDefault();
  e.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

let unitsShown = "";
function showUnits() {
  const units = [...(lanes.laneTop?.keys() ?? [])];
  if (units.join() === unitsShown || $("until-what").matches(":focus")) return;
  unitsShown = units.join();
  const chosen = $("until-what").value;
  const offered = units.slice(0, 40);
  if (+chosen && !offered.includes(+chosen)) offered.push(+chosen); // it may be given out again
  $("until-units").replaceChildren(...offered.map(u => new Option("event of unit " + u, u)));
  $("until-what").value = chosen;
}

// tell says what a row is, as the line of the timeline does.
function tell(row) {
  const line = $("selected"), what = document.createElement("b");
  what.textContent = row[KIND] === "gap" ? "" : "unit " + row[UNIT];
  line.replaceChildren(row[TIME].toFixed(6) + " s  ", what, "  " + row[TEXT]);
}

function showSelected(row) {
  $("live").disabled = lanes.edge === null && !row;
  if (!row) {
    if (!lanes.hovered) setText($("selected"), "Point at anything, or move with the arrow keys, and this line tells what it is.");
    if (last) mark(last.last[0] ?? null, last.in, last.state.Paused);
    return;
  }
  tell(row);
  mark(row, row.within, false);
  if (last) showQueue(last);
}

// mark marks the line that is being run when an event was the last one.
function mark(row, within, paused) {
  const found = listings.map(l => row === null ? -1 : markOf(l, row, within));
  const best = found.findIndex((line, i) => line >= 0 && listings[i].name.endsWith("HTTP"));
  const first = best >= 0 ? best : found.findIndex(line => line >= 0);
  if ($("follow").checked && !pinned && first >= 0 && (paused || lanes.selected || last?.state.Slower > 1 || tab !== first && listings[first].name !== "Step")) {
    if (first !== tab) showListing(first);
  }
  for (const element of $("listing").querySelectorAll(".row")) {
    const now = +element.dataset.line === found[tab];
    if (element.classList.contains("now") !== now) {
      element.classList.toggle("now", now);
      if (now) element.setAttribute("aria-current", "step"); else element.removeAttribute("aria-current");
      const box = $("listing");
      if (now && (element.offsetTop - box.offsetTop < box.scrollTop || element.offsetTop - box.offsetTop + 30 > box.scrollTop + box.clientHeight)) {
        box.scrollTop = element.offsetTop - box.offsetTop - box.clientHeight / 3;
      }
    }
  }
}

function markOf(listing, row, within) {
  const note = row[KIND] === "replied" ? row[TEXT].replace(/^replied after \S+ /, "") : "";
  const fits = listing.marks.filter(m => m.kind === row[KIND] && (!m.in || m.in === within) && (!m.callback || m.callback === row[CALLBACK]) && (!m.note || note.startsWith(m.note)));
  return fits.length ? fits[0].line : -1;
}

function showListing(n) {
  tab = n;
  const listing = listings[n];
  [...$("tabs").children].forEach((b, i) => { b.setAttribute("aria-selected", i === n); b.tabIndex = i === n ? 0 : -1; });
  const source = document.createElement("p");
  source.className = "source";
  source.textContent = listing.file + ", as it is in this program";
  $("listing").setAttribute("aria-label", listing.name);
  $("listing").replaceChildren(source, ...listing.lines.map((text, i) => {
    const row = document.createElement("div");
    row.className = "row";
    row.dataset.line = i;
    const no = document.createElement("span"), code = document.createElement("code"), note = document.createElement("span");
    no.className = "no"; no.textContent = listing.first + i;
    code.textContent = text;
    note.className = "note"; note.textContent = listing.notes.find(x => x.line === i)?.text ?? "";
    row.append(no, code, note);
    return row;
  }));
}

async function start() {
  listings = await (await fetch("code")).json();
  $("tabs").replaceChildren(...listings.map((l, i) => {
    const button = document.createElement("button");
    button.textContent = l.name;
    button.setAttribute("role", "tab");
    button.addEventListener("click", () => { $("follow").checked = false; showListing(i); if (last) mark(last.last[0] ?? null, last.in, false); });
    return button;
  }));
  $("tabs").addEventListener("keydown", e => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!by) return;
    const next = $("tabs").children[(tab + by + listings.length) % listings.length];
    next.click(); next.focus();
  });
  showListing(0);
  ask();
}

$("pause").addEventListener("click", () => control($("pause").textContent === "Pause" ? "pause" : "resume"));
$("step").addEventListener("click", () => { lanes.select(null); lanes.goLive(); control("step"); });
$("until").addEventListener("submit", e => { e.preventDefault(); lanes.select(null); lanes.goLive(); control("until", $("until-what").value); });
$("speed").addEventListener("change", e => control("slower", e.target.value));
$("pace").addEventListener("change", e => control("pace", e.target.value));
$("zoom-in").addEventListener("click", () => lanes.setZoom(0.5));
$("zoom-out").addEventListener("click", () => lanes.setZoom(2));
$("live").addEventListener("click", () => { lanes.select(null); lanes.goLive(); });
for (const button of document.querySelectorAll("#kinds button")) button.addEventListener("click", () => post("provoke", { kind: button.dataset.kind }));
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("#lab")) return;
  if (e.key === " " && !e.target.closest("#listing, button, input, select, textarea, a")) { e.preventDefault(); $("pause").click(); }
  if (e.key === "n" && !e.target.closest("input:not([type=radio]), select, textarea")) $("step").click();
});
start();
