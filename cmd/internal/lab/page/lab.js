// The laboratory: a scenario is edited here, played by the server, and its history
// shown as a picture and as lines, one of which is selected.
import { form } from "./form.js";

const host = document.getElementById("lab");
host.setAttribute("aria-labelledby", "lab-title");
host.innerHTML = form;
const $ = id => document.getElementById("lab-" + id);

let histories = [];   // of each its name, lines and times
let order = [];       // all lines of all of them, as [history, line], by time
let at = 0;           // which of them is selected
let view = [0, 0];    // what the picture shows, in seconds; 0, 0 is all
let asked = 0;        // the question that was asked last
const rowHeight = 20; // of a line, as in lab.css

// play asks the server, and shows its answer unless another one was asked for
// meanwhile.
async function play(pictureOnly) {
  const question = ++asked;
  host.dataset.asked = question;
  host.classList.add("busy");
  try {
    const width = Math.max(320, Math.floor($("picture").clientWidth));
    const body = JSON.stringify({ scenario: $("text").value, both: $("both").checked, from: view[0], to: view[1], width, picture: pictureOnly });
    const response = await fetch("lab/play", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!response.ok) throw new Error(await response.text());
    const answer = await wait(await response.text(), question);
    if (answer) {
      show(answer, pictureOnly);
      host.dataset.shown = question;
    }
  } catch (e) {
    if (question === asked) complain(0, e.message);
  } finally {
    if (question === asked) host.classList.remove("busy");
  }
}

async function wait(number, question) {
  for (let pause = 10; question === asked; pause = Math.min(2 * pause, 500)) {
    const response = await fetch("lab/answers/" + number);
    if (response.status === 200) return question === asked ? response.json() : null;
    if (response.status !== 204) throw new Error(await response.text());
    await new Promise(resolve => setTimeout(resolve, pause));
  }
  return null;
}

// complain shows what is wrong, and marks the line.
function complain(line, message) {
  $("error").textContent = (line ? "Line " + line + ": " : "") + message;
  const text = $("text");
  text.setAttribute("aria-invalid", message ? "true" : "false");
  if (!line) return;
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus({ preventScroll: true });
  text.setSelectionRange(start, start + lines[line - 1].length);
}

function show(answer, pictureOnly) {
  if (answer.error) {
    complain(answer.error.line, answer.error.message);
    host.classList.add("failed");
    return;
  }
  host.classList.remove("failed");
  complain(0, "");
  if (!pictureOnly) {
    histories = answer.histories.map(h => {
      const lines = h.timeline.split("\n").slice(0, -1);
      return { name: h.name, text: h.timeline, lines, times: lines.map(parseFloat) };
    });
    order = merged();
    $("scrub").max = Math.max(0, order.length - 1);
    at = Math.min(at, order.length - 1);
    showTimelines();
  }
  const svg = new DOMParser().parseFromString(answer.picture, "image/svg+xml").documentElement;
  $("picture").replaceChildren(document.importNode(svg, true));
  prepare();
  keep(answer.picture);
  select(at, true);
}

// merged is the lines of all histories in the order of their times.
function merged() {
  const next = histories.map(() => 0), all = [];
  for (;;) {
    let best = -1;
    histories.forEach((h, i) => {
      if (next[i] < h.lines.length && (best < 0 || h.times[next[i]] < histories[best].times[next[best]])) best = i;
    });
    if (best < 0) return all;
    all.push([best, next[best]++]);
  }
}

// prepare notes which element of the picture stands for which lines.
let elements = []; // of each history its elements, as [first line, last line, element]
function prepare() {
  elements = histories.map((_, i) => {
    const found = [];
    for (const e of $("picture").querySelectorAll(`[data-history="${i}"] [data-line]`)) {
      for (const run of e.dataset.line.split(" ")) {
        const [first, last] = run.split("-").map(Number);
        found.push([first, last || first, e]);
      }
      e.addEventListener("click", () => selectLine(i, parseInt(e.dataset.line) - 1));
    }
    return found;
  });
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
  cursor.id = "lab-cursor";
  $("picture").firstChild.append(cursor);
}

function elementOf(history, line) {
  const run = (elements[history] || []).find(([first, last]) => first <= line + 1 && line + 1 <= last);
  return run && run[2];
}

function selectLine(history, line) {
  select(order.findIndex(o => o[0] === history && o[1] === line));
}

// select selects line n of all.
function select(n, quietly) {
  if (!order.length) {
    $("selected").textContent = "Nothing happened until then.";
    return;
  }
  at = Math.max(0, Math.min(n, order.length - 1));
  const [history, line] = order[at], h = histories[history];
  $("scrub").value = at;
  $("scrub").setAttribute("aria-valuetext", h.lines[line].trim());
  $("selected").textContent = (h.name ? h.name + ", line " : "Line ") + (line + 1) + " of " + h.lines.length + ": " + h.lines[line].trim();
  $("back").disabled = at === 0;
  $("next").disabled = at === order.length - 1;
  for (const e of $("picture").querySelectorAll(".selected")) e.classList.remove("selected");
  const element = elementOf(history, line);
  if (element) element.classList.add("selected");
  moveCursor(h.times[line]);
  histories.forEach((_, i) => {
    const last = order.slice(0, at + 1).findLastIndex(o => o[0] === i);
    mark(i, last < 0 ? -1 : order[last][1], i === history);
  });
  if (!quietly) remember();
}

function moveCursor(time) {
  const svg = $("picture").firstChild;
  if (!svg) return;
  const { from, to, left, right, bottom } = svg.dataset, cursor = svg.querySelector("#lab-cursor");
  const x = +left + (right - left) * (time - from) / (to - from);
  cursor.setAttribute("d", x < +left - 1 || x > +right + 1 ? "" : `M${x.toFixed(1)} 4V${bottom}`);
}

// showTimelines makes a list of lines for each history, of which only those that
// can be seen are there.
function showTimelines() {
  $("timelines").replaceChildren(...histories.map((h, i) => {
    const box = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = h.name || "The timeline";
    const list = document.createElement("div");
    list.className = "lines";
    list.tabIndex = 0;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", (h.name || "The timeline") + ", " + h.lines.length + " lines");
    const rows = document.createElement("div");
    rows.style.height = h.lines.length * rowHeight + "px";
    list.append(rows);
    list.addEventListener("scroll", () => draw(i));
    list.addEventListener("click", e => {
      const row = e.target.closest("[data-n]");
      if (row) selectLine(i, +row.dataset.n);
    });
    h.list = list;
    box.append(title, list);
    return box;
  }));
  histories.forEach((_, i) => draw(i));
}

function draw(i) {
  const h = histories[i], list = h.list;
  const first = Math.max(0, Math.floor(list.scrollTop / rowHeight) - 10);
  const last = Math.min(h.lines.length, first + Math.ceil((list.clientHeight || 300) / rowHeight) + 20);
  const rows = [];
  for (let n = first; n < last; n++) {
    const row = document.createElement("div");
    row.dataset.n = n;
    row.textContent = h.lines[n];
    row.style.top = n * rowHeight + "px";
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", n === h.marked);
    row.classList.toggle("other", n === h.marked && !h.chosen);
    rows.push(row);
  }
  list.firstChild.replaceChildren(...rows);
}

// mark marks a history's line, and scrolls to it.
function mark(i, line, chosen) {
  const h = histories[i], list = h.list, top = Math.max(0, line) * rowHeight;
  h.marked = line;
  h.chosen = chosen;
  if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - rowHeight) {
    list.scrollTop = top - list.clientHeight / 2;
  }
  draw(i);
}

// keep offers what is shown as files.
function keep(picture) {
  const link = (name, kind, text, words) => {
    const a = document.createElement("a");
    a.href = "data:" + kind + ";charset=utf-8," + encodeURIComponent(text);
    a.download = name;
    a.textContent = words;
    return a;
  };
  const links = histories.map((h, i) => link(`timeline${histories.length > 1 ? "-" + (i + 1) : ""}.txt`, "text/plain", h.text, (h.name || "The timeline") + " as text"));
  links.push(link("lanes.svg", "image/svg+xml", picture.replace(">\n", "><style>" + style + "</style>\n"), "The picture as SVG"));
  $("keep").replaceChildren(...links);
}

// The picture's part of the time.
function zoom(times) {
  const end = Math.max(0, ...histories.map(h => h.times[h.times.length - 1] || 0)) * 1.01;
  const [from, to] = view[1] > 0 ? view : [0, end];
  const [history, line] = order[at] || [0, 0], middle = order.length ? histories[history].times[line] : 0;
  const span = Math.max(1e-5, (to - from) * times);
  if (!times || span >= end) view = [0, 0];
  else {
    const start = Math.max(0, Math.min(middle - span / 2, end - span));
    view = [start, start + span];
  }
  play(true);
}

// remember keeps the scenario in the page's address.
function remember() {
  const parts = ["lab=" + encodeURIComponent($("text").value)];
  if ($("both").checked) parts.push("both");
  if (at > 0) parts.push("line=" + (at + 1));
  history.replaceState(null, "", "#" + parts.join("&"));
}

// recall takes the scenario from there, and reports whether there is one.
function recall() {
  const parts = location.hash.slice(1).split("&");
  if (!parts[0].startsWith("lab=")) return false;
  try {
    $("text").value = decodeURIComponent(parts[0].slice(4));
  } catch {
    return false;
  }
  $("both").checked = parts.includes("both");
  at = Math.max(0, parseInt((parts.find(p => p.startsWith("line=")) || "line=1").slice(5)) - 1) || 0;
  return true;
}

function begin() {
  view = [0, 0];
  remember();
  play(false);
}

// follow has a step show what is outside of the picture's part.
function step(by) {
  select(at + by);
  const [history, line] = order[at] || [], time = history === undefined ? 0 : histories[history].times[line];
  if (view[1] > 0 && (time < view[0] || time > view[1])) zoom(1);
}

$("form").addEventListener("submit", e => { e.preventDefault(); at = 0; begin(); });
$("text").addEventListener("keydown", e => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); at = 0; begin(); } });
$("text").addEventListener("input", () => { $("example").value = ""; });
$("both").addEventListener("change", () => { at = 0; begin(); });
$("open").addEventListener("click", () => { $("text").value = "# A crowd, its server and its bad luck, drawn from a seed.\nswarm " + ($("seed").value || 58) + "\n"; $("both").checked = false; $("example").value = ""; at = 0; begin(); });
$("seed").addEventListener("keydown", e => { if (e.key === "Enter") { e.preventDefault(); $("open").click(); } });
$("scrub").addEventListener("input", () => select(+$("scrub").value));
$("back").addEventListener("click", () => step(-1));
$("next").addEventListener("click", () => step(1));
$("in").addEventListener("click", () => zoom(1 / 2));
$("out").addEventListener("click", () => zoom(2));
$("all").addEventListener("click", () => zoom(0));
host.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("textarea, select, input")) return;
  const keys = { ArrowRight: () => step(1), ArrowLeft: () => step(-1), "+": () => zoom(1 / 2), "-": () => zoom(2) };
  if (e.target.closest(".lines")) { keys.ArrowDown = keys.ArrowRight; keys.ArrowUp = keys.ArrowLeft; }
  if (keys[e.key]) { e.preventDefault(); e.stopPropagation(); keys[e.key](); }
});
window.addEventListener("hashchange", () => { if (recall()) { view = [0, 0]; play(false); } });
let resized;
window.addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => play(true), 200); });

const style = await (await fetch("lab/lanes.css")).text(); // of the picture that is kept
const examples = await (await fetch("lab/examples")).json();
for (const e of examples) {
  const option = document.createElement("option");
  option.textContent = option.value = e.name;
  $("example").append(option);
}
$("example").addEventListener("change", () => {
  const example = examples.find(e => e.name === $("example").value);
  if (!example) return;
  $("text").value = example.text;
  $("both").checked = false;
  at = 0;
  begin();
});
if (!recall()) {
  $("example").value = "posted-two-clients-at-once";
  $("text").value = examples.find(e => e.name === $("example").value).text;
}
$("example").value = (examples.find(e => e.text === $("text").value) || { name: "" }).name;
play(false);
