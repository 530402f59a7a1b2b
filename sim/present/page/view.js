// The page itself: reads what the file holds, proves its arithmetic, and shows one state or two side by side.
"use strict";

const held = JSON.parse(document.getElementById("parley-content").textContent);

/** Control signs and marks of writing direction: they could make a text act on what stands around it. */
const acting = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
const fourDigits = (sign) => sign.charCodeAt(0).toString(16).padStart(4, "0");
/** A text to show: acting signs are written out. */
const plain = (text) =>
  String(text).replace(acting, (sign) => (sign === "\n" || sign === "\t" ? " " : `‹U+${fourDigits(sign).toUpperCase()}›`));
/** A text to read in by a program that knows JSON's escapes. */
const quoted = (text) => JSON.stringify(text).replace(acting, (sign) => `\\u${fourDigits(sign)}`);

/** Make an element; children that are no nodes become text, never markup. */
function make(tag, given, ...children) {
  const svg = ["svg", "rect", "line", "circle", "text", "g", "title", "path", "desc"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(given || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "width%") node.style.width = `${value}%`;
    else if (name === "left%") node.style.left = `${value}%`;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(plain(child)));
  }
  return node;
}

/** Headings made here stand one below those of the page's own sections. */
const heading = document.getElementById("parley").dataset.heading;
const at = (id) => document.getElementById(`parley-${id}`);
const fill = (id, ...children) => {
  const fresh = children.flat(3).filter((child) => child !== null && child !== undefined && child !== false);
  at(id).replaceChildren(...fresh.map((c) => (c instanceof Node ? c : document.createTextNode(plain(c)))));
};
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const counted = (n, one, many) => `${grouped(n)} ${n === 1 ? one : many}`;
const percent = (share) => `${(100 * share).toFixed(0)} %`;
const signed = (units) => `${units < 0 ? "−" : "+"}${Math.abs(units / SCALE).toFixed(3)}`;
const short = (x) => String(Number(x.toFixed(6)));
const list = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;

// --- what the file holds --------------------------------------------------------------------------------

const issues = held.issues.map((issue) => ({
  key: issue.key,
  title: issue.title,
  options: issue.options.map(([key, title, meaning]) => ({ key, title, meaning })),
}));
const parties = held.parties.map(([key, title]) => ({ key, title }));
const titleOf = new Map(parties.map((party) => [party.key, party.title]));
const issueOf = new Map(issues.map((issue) => [issue.key, issue]));
/** The paths of all numbers, ascending; each is kept as what it shares with the one before and the rest. */
const paths = [];
for (let n = 0; n < held.paths.length; n += 2)
  paths.push((paths[paths.length - 1] ?? "").slice(0, held.paths[n]) + held.paths[n + 1]);

/** A coding of the file, with the paths of its numbers by what they are of. */
function readCoding(given) {
  const numbers = Object.create(null);
  for (const [path, value, low, high, status, sources, note] of given.numbers) {
    const name = paths[path];
    const ranged = low !== undefined && low !== null;
    numbers[name] = {
      path: name,
      place: path,
      value,
      low: ranged ? low : value,
      high: ranged ? high : value,
      ranged,
      status: held.texts[status],
      sources: sources === undefined || sources === null ? "" : held.texts[sources],
      note: note === undefined || note === null ? "" : held.texts[note],
    };
  }
  const flat = issues.flatMap((issue) => issue.options.map((option) => `${issue.key}.${option.key}`));
  const coding = { ...given, numbers };
  coding.parties = given.parties.map((party) => {
    const own = `parties.${party.key}`;
    const lottery = given.lottery && {
      beliefs: given.lottery.beliefs[party.key].map((state) => [state, `${own}.no_deal.lottery.beliefs.${state}`]),
      yearly: `${own}.no_deal.lottery.war_cost_per_year`,
      political: `${own}.no_deal.lottery.political_cost`,
    };
    return {
      key: party.key,
      salience: issues.map((issue) => `${own}.salience.${issue.key}`),
      utility: flat.map((place) => `${own}.utility.${place}`),
      interactions: party.interactions.map((when, n) => ({ when, value: `${own}.interactions.${n}.value` })),
      lines: party.lines.map((line, n) => ({ ...line, path: `${own}.red_lines.${n}` })),
      signs: party.signs,
      reservation: `${own}.no_deal.reservation`,
      audienceCost: `${own}.audience_cost`,
      lottery,
    };
  });
  if (given.lottery) coding.lottery = { ...given.lottery, years: "no_deal.expected_war_years" };
  return coding;
}

const codings = held.codings.map(readCoding);
const space = new Space(issues, held.constraints);
const statusWords = {
  stated: "stated: a source says it",
  evidence: "evidence: follows from data",
  judgement: "judgement",
  unstated: "no status given",
  default: "the program's default; the file does not give it",
};

/** Where a slider stops; the program worked out the tests at the same places. */
function positions(number) {
  let { low, high } = number;
  if (!number.ranged) {
    if (/^parties\.[^.]+\.(utility\.[^.]+\.[^.]+|no_deal\.reservation)$/.test(number.path))
      [low, high] = [Math.min(0, number.value), Math.max(1, number.value)];
    else if (/^parties\.[^.]+\.salience\.[^.]+$/.test(number.path)) [low, high] = [number.value / 2, 2 * number.value];
  }
  if (!(low < high)) return [];
  const stops = new Set([low, high, number.value]);
  for (let step = 0; step <= held.steps; step += 1) stops.add(rounded(low + ((high - low) * step) / held.steps, 6));
  return [...stops].sort((x, y) => x - y);
}

/** The bounds that the reader of scenario files sets for a number. */
function bounds(path) {
  if (/\.(utility\.[^.]+\.[^.]+|p_real|beliefs\.[^.]+|probability\.[^.]+\.[^.]+)$/.test(path)) return [0, 1];
  if (/\.(salience\.[^.]+|audience_cost|discount_rate|war_cost_per_year|political_cost)$/.test(path)) return [0, Infinity];
  return [-Infinity, Infinity];
}

const forGraph = (path) => /^parties\.[^.]+\.(salience|utility|interactions)\./.test(path);
const forPayoffs = (coding, path) => {
  if (forGraph(path) || /^parties\.[^.]+\.audience_cost$/.test(path)) return true;
  return coding.lottery
    ? /^parties\.[^.]+\.no_deal\.lottery\.|^no_deal\.expected_war_years$/.test(path)
    : /^parties\.[^.]+\.no_deal\.reservation$/.test(path);
};

/** What a number or red line is about, in the words of sim.domain.titles. */
function inWords(path) {
  const steps = path.split(".");
  if (steps[0] !== "parties" || !titleOf.has(steps[1])) return stepWords(steps);
  return `${titleOf.get(steps[1])}: ${ofParty(steps[1], steps.slice(2))}`;
}

function ofParty(party, rest) {
  const [kind, key, more] = rest;
  const issue = issueOf.get(key);
  if (kind === "no_deal" && key === "reservation") return "value of no deal";
  if (kind === "salience" && issue) return `weight of ${issue.title}`;
  if (kind === "utility" && issue) return `value of ${issue.title}: ${issue.options.find((one) => one.key === more).title}`;
  if (kind === "red_lines") {
    const line = now.coding.parties.find((one) => one.key === party).lines[key];
    const words = line.options.map((option) => issues[line.issue].options[option].title).join(" or ");
    return `${more === "p_real" ? "chance that its line is real" : "red line"}, ${issues[line.issue].title}: ${words}`;
  }
  return stepWords(rest);
}

/** Steps of paths that are told by other words than their own; as _STEPS of sim.domain.titles. */
const STEPS = new Map(Object.entries({
  after: "after signing",
  salience: "weight of",
  utility: "value of",
  no_deal: "no deal",
  p_real: "chance that it is real",
  shock_sd: "spread of shocks",
  fortna: "Fortna",
  "lo-hashimoto-reiter": "Lo, Hashimoto and Reiter",
}));

function stepWords(steps) {
  const told = [];
  steps.forEach((step, n) => {
    const option = n && issueOf.get(steps[n - 1])?.options.find((one) => one.key === step);
    const issue = issueOf.get(step);
    if (!issue && option) told.push(`${told.pop()}: ${option.title}`);
    else told.push(issue?.title ?? titleOf.get(step) ?? STEPS.get(step) ?? step.replace(/_/g, " "));
  });
  return told.join(", ");
}

// --- states: what is set, and how it is written -----------------------------------------------------------

const blank = () => ({ coding: 0, values: new Map(), lines: new Map(), audience: null });
const copyOf = (state) => ({ ...state, values: new Map(state.values), lines: new Map(state.lines) });

/** Numbers and lines of a state that differ from its coding. */
class View {
  constructor() {
    this.state = blank();
    this.coding = codings[0];
    this.payoffs = null;
  }

  valueOf(path) {
    const set = this.state.values.get(path);
    if (set !== undefined) return set;
    const number = this.coding.numbers[path];
    return number ? number.value : 0;
  }

  isReal(line) {
    const set = this.state.lines.get(line.path);
    return set === undefined ? line.kind === "hard" : set;
  }

  get audience() {
    return this.state.audience === null ? this.coding.audience : this.state.audience;
  }

  /** Take on a state; only what moved since the last one is worked out anew. */
  take(state) {
    const before = this.state;
    const whole = this.payoffs === null || before.coding !== state.coding;
    this.coding = codings[state.coding];
    let weighed = null;
    let judged = null;
    if (whole) {
      this.payoffs = new Payoffs(space, this.coding, parties);
    } else {
      const [of, also] = [new Set(), new Set()];
      const owner = (path) => parties.findIndex((party) => path.startsWith(`parties.${party.key}.`));
      for (const path of new Set([...before.values.keys(), ...state.values.keys()]))
        if (before.values.get(path) !== state.values.get(path)) (forGraph(path) ? of : also).add(owner(path));
      for (const path of new Set([...before.lines.keys(), ...state.lines.keys()]))
        if (before.lines.get(path) !== state.lines.get(path)) also.add(owner(path));
      weighed = of;
      // A number of no party, such as the years of war, moves all of them.
      judged = also.has(-1) || before.audience !== state.audience ? null : also;
    }
    this.state = copyOf(state);
    const world = { value: (path) => this.valueOf(path), real: (line) => this.isReal(line), audience: this.audience };
    this.payoffs.update(world, weighed, judged);
  }

  /** Faults that the program's reader would refuse such a state for. */
  faults() {
    const found = [];
    this.coding.parties.forEach((party, i) => {
      if (!(rowSum(party.salience.map((path) => this.valueOf(path))) > 0))
        found.push(`${parties[i].title}: all saliences are zero`);
      if (party.interactions.length && this.payoffs.utility[i].some((u) => u < 0 || u > SCALE))
        found.push(`${parties[i].title}: utilities leave the scale from 0 to 1`);
      if (party.lottery && !(party.lottery.beliefs.reduce((sum, [, path]) => sum + this.valueOf(path), 0) > 0))
        found.push(`${parties[i].title}: all probabilities of end states are zero`);
    });
    return found;
  }
}

const now = new View();
const kept = new View();
let keptState = null;
let order = "shown";
let chosen = 0;

/** The settings of a state as path=value, for the command line. */
function settings(state) {
  const coding = codings[state.coding];
  const found = [];
  for (const [path, value] of state.values) {
    const number = coding.numbers[path];
    const inside = number.ranged && value >= number.low && value <= number.high;
    found.push(`${path}${inside ? ".value" : ""}=${short9(value)}`);
  }
  for (const [path, real] of state.lines) {
    if (!real) found.push(`${path}.kind=declared`);
    else {
      const { party, place } = lineAt(path);
      const line = coding.parties[party].lines[place];
      const options = line.options.map((option) => issues[line.issue].options[option].key);
      found.push(`${path}={issue: ${scalar(issues[line.issue].key)}, options: [${options.map(scalar).join(", ")}], kind: hard}`);
    }
  }
  if (state.audience !== null) found.push(`negotiation.audience_costs=${state.audience}`);
  return found;
}

const short9 = (x) => String(rounded(x, 9));
const scalar = (text) => (/^[A-Za-z_][\w-]*$/.test(text) && !/^(true|false|null)$/i.test(text) ? text : quoted(text));
const shell = (text) => {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (text.search(acting) < 0) return `'${text.replace(/'/g, "'\\''")}'`;
  return `$'${text.replace(/[\\']/g, "\\$&").replace(acting, (sign) => `\\u${fourDigits(sign)}`)}'`;
};

function lineAt(path) {
  const [, key, , place] = path.split(".");
  return { party: parties.findIndex((party) => party.key === key), place: Number(place) };
}

function command(name, state, ...more) {
  const coding = codings[state.coding];
  const parts = ["parley", name, coding.file];
  for (const one of settings(state)) parts.push("--set", one);
  return [...parts, ...more].map(shell).join(" ");
}

/** The state as a scenario file that extends the one it was made from. */
function scenarioFile(state) {
  const coding = codings[state.coding];
  const tree = Object.create(null);
  const put = (steps, value) => {
    let node = tree;
    for (const step of steps.slice(0, -1)) node = node[step] ??= Object.create(null);
    node[steps[steps.length - 1]] = value;
  };
  const lineParties = new Set([...state.lines.keys()].map((path) => path.split(".")[1]));
  for (const [path, value] of state.values)
    if (/^parties\.[^.]+\.red_lines\./.test(path)) lineParties.add(path.split(".")[1]);
  for (const [path, value] of state.values) {
    const steps = path.split(".");
    if (steps[2] === "red_lines" && steps[0] === "parties") continue;
    const number = coding.numbers[path];
    const record = { value: rounded(value, 9) };
    if (number.ranged && value >= number.low && value <= number.high) Object.assign(record, { low: number.low, high: number.high });
    put(steps, { ...record, status: "judgement", note: "set on the live page" });
  }
  for (const key of lineParties) {
    const lines = JSON.parse(JSON.stringify(coding.red_lines[key]));
    lines.forEach((line, n) => {
      const path = `parties.${key}.red_lines.${n}`;
      const set = state.lines.get(path);
      if (set === true) {
        line.kind = "hard";
        delete line.p_real;
      } else if (set === false) line.kind = "declared";
      const chance = state.values.get(`${path}.p_real`);
      if (chance !== undefined) line.p_real = { value: rounded(chance, 9) };
    });
    put(["parties", key, "red_lines"], lines);
  }
  if (state.audience !== null) put(["negotiation", "audience_costs"], state.audience);
  const folder = coding.file.split("/").pop();
  const head = [
    `# Made on the live page of ${oneLine(held.scenario.name)}. Save it beside ${oneLine(folder)}.`,
    `extends: ${scalar(folder)}`,
    `name: ${scalar(`${held.scenario.name}-set-by-hand`)}`,
    `title: ${quoted(`${held.scenario.title} (set by hand)`)}`,
  ];
  return `${[...head, ...yaml(tree, "")].join("\n")}\n`;
}

const oneLine = (text) => plain(text);

function yaml(tree, indent) {
  const rows = [];
  for (const [key, value] of Object.entries(tree)) {
    const leaf = Array.isArray(value) || typeof value !== "object" || "value" in value;
    if (leaf) rows.push(`${indent}${scalar(key)}: ${flow(value)}`);
    else rows.push(`${indent}${scalar(key)}:`, ...yaml(value, `${indent}  `));
  }
  return rows;
}

function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.entries(value).map(([key, child]) => `${scalar(key)}: ${flow(child)}`).join(", ")}}`;
  return typeof value === "string" ? quoted(value) : JSON.stringify(value);
}

function toHash(state, prefix, into) {
  into.set(`${prefix}coding`, codings[state.coding].name);
  for (const [path, value] of state.values) into.set(prefix + path, short9(value));
  for (const [path, real] of state.lines) into.set(prefix + path, real ? "real" : "bluff");
  if (state.audience !== null) into.set(`${prefix}negotiation.audience_costs`, String(state.audience));
}

function link() {
  const into = new URLSearchParams();
  toHash(now.state, "", into);
  if (keptState) toHash(keptState, "A:", into);
  return `#${into}`;
}

/** Whether the part of an address after # is a state, and not the name of a place on the page. */
const isState = (hash) => hash === "" || hash.includes("=");

/** Read a state from the link; what names nothing here is told, not guessed. */
function fromHash(hash) {
  const found = { now: blank(), kept: null, unknown: [] };
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  for (const prefix of ["", "A:"]) {
    const state = blank();
    const name = given.get(`${prefix}coding`);
    if (name !== null) {
      const place = codings.findIndex((coding) => coding.name === name);
      if (place < 0) found.unknown.push(`coding=${name}`);
      else state.coding = place;
    }
    if (prefix) {
      if (name === null) continue;
      found.kept = state;
    } else found.now = state;
    for (const [key, text] of given) {
      if (key.startsWith("A:") !== (prefix === "A:")) continue;
      const path = key.slice(prefix.length);
      if (path === "coding") continue;
      const coding = codings[state.coding];
      if (path === "negotiation.audience_costs" && /^(true|false)$/.test(text)) {
        state.audience = (text === "true") === coding.audience ? null : text === "true";
      } else if (path in coding.numbers && fits(path, Number(text)) && text.trim() !== "") {
        if (Number(text) !== coding.numbers[path].value) state.values.set(path, Number(text));
      } else if (/^(real|bluff)$/.test(text) && findLine(coding, path)) {
        const real = text === "real";
        if (real !== (findLine(coding, path).kind === "hard")) state.lines.set(path, real);
      } else if (path) found.unknown.push(`${path}=${text}`);
    }
  }
  return found;
}

const findLine = (coding, path) => coding.parties.flatMap((party) => party.lines).find((line) => line.path === path);

function fits(path, value) {
  const [low, high] = bounds(path);
  return Number.isFinite(value) && value >= low && value <= high;
}

// --- proof before show ------------------------------------------------------------------------------------

/** Compute every coding at central values and hold it against the digests made by the program. */
function proven() {
  const found = [];
  codings.forEach((coding, n) => {
    const view = new View();
    view.take({ ...blank(), coding: n });
    const own = view.payoffs.hashes();
    found.push({ coding, own, equal: own.utilities === coding.digests.utilities && own.accepts === coding.digests.accepts });
  });
  return found;
}

// --- the answer -------------------------------------------------------------------------------------------

function sentences(view) {
  const { payoffs } = view;
  const faults = view.faults();
  if (faults.length) return [`The program refuses these settings: ${faults.join("; ")}.`];
  const found = [];
  const n = payoffs.zone.length;
  if (n) found.push(`${counted(n, "agreement is", "agreements are")} acceptable to all who must sign.`);
  else found.push("No agreement is acceptable to all who must sign.");
  for (const one of payoffs.blockers.slice(0, n ? 0 : 8)) {
    const title = parties[one.party].title;
    const crossing = `${grouped(one.byLine)} cross${one.byLine === 1 ? "es" : ""} a red line of its own`;
    found.push(
      `Without ${title}, ${grouped(one.without)} would be: it finds ${grouped(one.byValue)} of them worth less than no deal, and ${crossing}.`,
    );
  }
  if (!n && !payoffs.blockers.length) {
    const sets = payoffs.agreeing();
    if (sets.length) found.push(`At least two parties block each agreement. The largest sets that have a zone: ${sets.slice(0, 4).map((set) => list(set.map((i) => parties[i].title))).join("; or ")}.`);
    else found.push("No party accepts any agreement that can be signed.");
  }
  return found;
}

function bars(view) {
  const { payoffs } = view;
  const most = Math.max(1, ...payoffs.blockers.map((one) => one.alone));
  const rows = parties.map((party, i) => {
    const one = payoffs.blockers.find((blocker) => blocker.party === i) || { byValue: 0, byLine: 0, alone: 0 };
    const bar = (kind, n, words) =>
      n ? make("div", { class: "track" }, make("span", { class: `bar ${kind}`, "width%": (100 * n) / most }), make("span", { class: "count" }, `${grouped(n)} ${words}`)) : null;
    return make(
      "tr",
      null,
      make("th", { scope: "row" }, party.title),
      make("td", null, one.alone ? [bar("by-value", one.byValue, "worth less than no deal"), bar("by-line", one.byLine, "across a red line")] : make("span", { class: "quiet" }, "blocks nothing alone")),
    );
  });
  return make(
    "table",
    { class: "bars" },
    make("caption", null, "Who alone keeps agreements out of the zone: what all others accept and this party refuses"),
    make("tbody", null, rows),
  );
}

function renderAnswer() {
  const column = (view, name) => [
    name ? make(heading, null, name) : null,
    make("p", { class: "headline" }, sentences(view)[0]),
    make("ul", null, sentences(view).slice(1).map((words) => make("li", null, words))),
    view.faults().length ? null : bars(view),
  ];
  const both = keptState !== null;
  fill(
    "answer",
    both ? make("div", null, column(kept, "A, kept")) : null,
    make("div", null, column(now, both ? "B, as set now" : null)),
  );
  at("answer").classList.toggle("two", both);
  const { payoffs } = now;
  at("answer").dataset.zone = payoffs.zone.length;
  at("answer").dataset.blockers = JSON.stringify(payoffs.blockers.map((b) => [parties[b.party].key, b.without, b.byValue, b.byLine]));
  const blocks = payoffs.zone.length ? "" : payoffs.blockers.length ? `; alone block it: ${list(payoffs.blockers.map((b) => parties[b.party].title).sort())}` : "; no party blocks it alone";
  fill("summary", `${counted(payoffs.zone.length, "agreement", "agreements")} acceptable to all${blocks}`);
}

function sizeWords(change) {
  if (change.kind === "red line") return "dropped";
  return change.size === Infinity ? "a number without range" : `${percent(change.size)} of its range`;
}

function withinRange(view, change) {
  const number = view.coding.numbers[change.path];
  return change.next !== null && number && change.next >= number.low && change.next <= number.high;
}

function setButton(change) {
  return make("button", { type: "button", class: "small", onclick: () => applyChange(change), "aria-label": plain(change.kind === "red line" ? `Drop ${inWords(change.path)}` : `Set ${inWords(change.path)} to ${short9(change.next)}`) }, change.kind === "red line" ? "Drop" : "Set");
}

function changeRow(view, change, ...first) {
  const outside = change.next !== null && !withinRange(view, change) && view.coding.numbers[change.path].ranged;
  return make(
    "tr",
    null,
    ...first,
    make("th", { scope: "row" }, inWords(change.path)),
    make("td", { class: "number-cell" }, change.value === null ? "" : change.value.toFixed(3)),
    make("td", { class: "number-cell" }, change.next === null ? "" : change.next.toFixed(3)),
    make("td", null, sizeWords(change), outside ? ", and out of it" : ""),
    make("td", null, setButton(change)),
  );
}

let allChanges = false;

function renderChanges() {
  if (now.payoffs.zone.length) {
    fill("changes", make("p", null, "The zone is open: nothing has to change."));
    return;
  }
  const found = now.payoffs.openingChanges();
  at("changes").dataset.first = found.length ? JSON.stringify([found[0].path, found[0].next]) : "";
  at("changes").dataset.count = found.length;
  if (!found.length) {
    fill("changes", make("p", null, "No change of one number and no single dropped red line opens the zone."));
    return;
  }
  const shown = found.slice(0, allChanges ? found.length : 6);
  fill(
    "changes",
    make(
      "div",
      { class: "scroll", role: "region", tabindex: "0", "aria-label": "Single changes that open the zone" },
      make(
        "table",
        null,
        make("caption", null, "Each alone opens the zone; smallest share of a number's range first"),
        make("thead", null, make("tr", null, ["What changes", "from", "to", "how far", "try it"].map((words) => make("th", { scope: "col" }, words)))),
        make("tbody", null, shown.map((change) => changeRow(now, change))),
      ),
    ),
    found.length > 6
      ? make("button", { type: "button", onclick: () => { allChanges = !allChanges; renderChanges(); } }, allChanges ? "Show the six smallest" : `Show all ${found.length}`)
      : null,
  );
}

// --- packages ---------------------------------------------------------------------------------------------

const testWords = {
  "unilaterally_stable.nash": ["Nash", "no party gains by a move of its own"],
  "unilaterally_stable.gmr": ["GMR", "each gain can be answered by some move of others"],
  "unilaterally_stable.smr": ["SMR", "so answered that no countermove helps"],
  "unilaterally_stable.seq": ["SEQ", "answered by moves that pay those who answer"],
  "unilaterally_stable.sseq": ["SSEQ", "so answered, and no countermove helps"],
  self_enforcing: ["Self-enforcing", "keeping it pays every party that could break it"],
};
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The verdict of a test on a package: true, false, or null where this file does not hold it. */
function verdict(view, place, test) {
  const { verdicts } = view.coding;
  if (!verdicts || place < 0) return null;
  const moved = mattering(view, test);
  const bit = (letter) => Boolean((alphabet.indexOf(letter) >> test) & 1);
  if (moved.length === 0) return bit(verdicts.base[place]);
  if (moved.length > 1) return null;
  const number = view.coding.numbers[moved[0]];
  const stop = positions(number).indexOf(view.state.values.get(moved[0]));
  if (stop < 0) return null;
  const strip = verdicts.strips[number.place]?.[place];
  return bit(strip ? strip[stop] : verdicts.base[place]);
}

/** The moved numbers that can matter for a test. */
function mattering(view, test) {
  const { verdicts, numbers } = view.coding;
  const enforcement = held.tests[test] === "self_enforcing";
  return [...view.state.values.keys()].filter((path) => (enforcement ? verdicts.kept.includes(numbers[path].place) : forGraph(path)));
}

/** The nearest stop of one slider at which a test that fails holds. */
function nearestFlip(view, place, test) {
  const { verdicts, numbers } = view.coding;
  if (!verdicts || place < 0) return null;
  const moved = mattering(view, test);
  if (moved.length > 1) return null;
  let best = null;
  for (const [given, strips] of Object.entries(verdicts.strips)) {
    const number = numbers[paths[given]];
    if (!strips[place] || (moved.length === 1 && number.path !== moved[0])) continue;
    const current = view.valueOf(number.path);
    positions(number).forEach((value, stop) => {
      if (!((alphabet.indexOf(strips[place][stop]) >> test) & 1)) return;
      const size = number.high > number.low ? Math.abs(value - current) / (number.high - number.low) : Infinity;
      const far = Math.abs(value - current);
      if (best === null || size < best.size || (size === best.size && far < best.far))
        best = { kind: "number", path: number.path, value: current, next: value, size, far };
    });
  }
  return best;
}

function packagesOnShow() {
  const shown = now.coding.shown;
  if (order === "shown") return shown.map((agreement, place) => ({ agreement, place }));
  return now.payoffs.closest(shown.length).map((agreement) => ({ agreement, place: shown.indexOf(agreement) }));
}

const optionOf = (agreement, k) => issues[k].options[space.options[k][agreement]];
const agreementText = (agreement) => held.file_order.map((k) => `${issues[k].key}=${optionOf(agreement, k).key}`).join(",");

function marginCell(i, agreement) {
  const { payoffs } = now;
  if (!payoffs.mustSign[i][agreement]) return make("td", { class: "number-cell quiet" }, "need not sign");
  const words = `${signed(payoffs.margin(i, agreement))}${payoffs.crosses[i][agreement] ? " ×" : ""}`;
  const before = keptState ? make("small", null, `A ${signed(kept.payoffs.margin(i, agreement))}${kept.payoffs.crosses[i][agreement] ? " ×" : ""}`) : null;
  return make("td", { class: `number-cell${payoffs.accepts[i][agreement] ? "" : " refused"}` }, words, before);
}

function verdictCell(found) {
  if (found === null) return make("td", { class: "unknown" }, "not in this file");
  return make("td", null, make("span", { class: found ? "yes" : "no" }, found ? "yes" : "no"));
}

function renderPackages() {
  const onShow = packagesOnShow();
  chosen = Math.min(chosen, onShow.length - 1);
  const common = held.file_order.filter((k) => onShow.every((one) => space.options[k][one.agreement] === space.options[k][onShow[0].agreement]));
  const differing = held.file_order.filter((k) => !common.includes(k));
  const heading = (one, n) =>
    make(
      "th",
      { scope: "col" },
      make("label", { class: "letter" }, make("input", { type: "radio", name: "parley-package", checked: n === chosen, onchange: () => { chosen = n; renderChosen(packagesOnShow()); } }), `Package ${n + 1}`),
    );
  const section = (words) => make("tr", { class: "section" }, make("th", { scope: "colgroup", colspan: onShow.length + 1 }, words));
  const rows = [];
  if (differing.length) rows.push(section("Terms that differ"));
  for (const k of differing)
    rows.push(make("tr", null, make("th", { scope: "row" }, issues[k].title), onShow.map((one) => make("td", { title: plain(optionOf(one.agreement, k).meaning) }, optionOf(one.agreement, k).title))));
  rows.push(section(now.audience ? "Worth above no deal, audience costs taken off (u − cost − r)" : "Worth above no deal (u − r)"));
  parties.forEach((party, i) => rows.push(make("tr", null, make("th", { scope: "row" }, party.title), onShow.map((one) => marginCell(i, one.agreement)))));
  rows.push(section("Tests"));
  rows.push(
    make("tr", null, make("th", { scope: "row" }, "Acceptable ", make("small", null, "to all who must sign")), onShow.map((one) => verdictCell(space.signable[one.agreement] === 1 && now.payoffs.refusing[one.agreement] === 0))),
  );
  held.tests.forEach((test, n) =>
    rows.push(make("tr", null, make("th", { scope: "row" }, `${testWords[test][0]} `, make("small", null, testWords[test][1])), onShow.map((one) => verdictCell(verdict(now, one.place, n))))),
  );
  fill(
    "packages",
    common.length ? make("p", null, make("b", null, "All shown share: "), common.map((k) => `${issues[k].title}: ${optionOf(onShow[0].agreement, k).title}`).join("; "), ".") : null,
    make(
      "div",
      { class: "scroll", role: "region", tabindex: "0", "aria-label": "Packages side by side" },
      make(
        "table",
        { class: "packages" },
        make("caption", null, order === "shown" ? "The scenario's front-runners at central values" : "The packages closest to being signed with the numbers as set"),
        make("thead", null, make("tr", null, make("td", null), onShow.map(heading))),
        make("tbody", null, rows),
      ),
    ),
    make("p", { class: "quiet" }, "A minus: worth less than no deal. ×: across a real red line. Scales of different parties cannot be compared."),
  );
  renderChosen(onShow);
}

/** Every no of the chosen package with the nearest change that flips it. */
function renderChosen(onShow) {
  const { agreement, place } = onShow[chosen];
  const { payoffs } = now;
  const widest = Math.max(0.05, ...parties.map((_, i) => Math.abs(payoffs.margin(i, agreement)) / SCALE));
  const dots = parties.map((party, i) => {
    const margin = payoffs.margin(i, agreement);
    const must = payoffs.mustSign[i][agreement];
    const line = payoffs.crosses[i][agreement];
    const words = `${signed(margin)}${line ? ", across a red line" : ""}${must ? "" : ", need not sign"}`;
    return make(
      "tr",
      null,
      make("th", { scope: "row" }, party.title),
      make("td", null, make("div", { class: "axis" }, make("span", { class: "zero" }), make("span", { class: `dot${payoffs.accepts[i][agreement] ? "" : " hollow"}`, "left%": 50 + (48 * margin) / SCALE / widest }))),
      make("td", { class: "number-cell" }, words),
    );
  });
  const noes = [];
  const add = (what, change, other) =>
    noes.push(change ? changeRow(now, change, make("td", null, what)) : make("tr", null, make("td", null, what), make("td", { colspan: 5 }, other)));
  if (!space.signable[agreement]) add("cannot be signed", null, "a constraint of scope signing excludes it");
  parties.forEach((party, i) => {
    if (payoffs.content[i][agreement]) return;
    if (payoffs.margin(i, agreement) < 0) {
      const [first] = payoffs.acceptingChanges(i, [agreement], true);
      add(`${party.title}: worth less than no deal`, first, "no single number of its own suffices");
    }
    for (const line of now.coding.parties[i].lines)
      if (now.isReal(line) && line.options.includes(space.options[line.issue][agreement]))
        add(`${party.title}: across its red line`, { kind: "red line", party: i, path: line.path, value: null, next: null, size: Infinity });
  });
  held.tests.forEach((test, n) => {
    const found = verdict(now, place, n);
    if (found !== false) return;
    const change = nearestFlip(now, place, n);
    const moved = mattering(now, n);
    const why = moved.length ? `no stop of the slider moved (${list(moved.map(inWords))}) makes it hold` : "no stop of any single slider makes it hold";
    add(`${testWords[test][0]}: no`, change, why);
  });
  const unknown = held.tests.some((_, n) => verdict(now, place, n) === null);
  fill(
    "chosen",
    make(heading, null, `Package ${chosen + 1}`),
    make("table", { class: "dots" }, make("caption", null, "Each party's worth above (right) or below no deal; hollow where it refuses"), make("tbody", null, dots)),
    make(
      "details",
      null,
      make("summary", null, "What this package says in full"),
      make("dl", null, held.file_order.map((k) => [make("dt", null, `${issues[k].title}: ${optionOf(agreement, k).title}`), make("dd", null, optionOf(agreement, k).meaning)])),
    ),
    noes.length
      ? make(
          "div",
          { class: "scroll", role: "region", tabindex: "0", "aria-label": "Every no, and the nearest change that flips it" },
          make(
            "table",
            null,
            make("caption", null, "Every no, and the nearest change that flips it (of tests after signing: the nearest stop of a slider)"),
            make("thead", null, make("tr", null, ["No", "what changes", "from", "to", "how far", "try it"].map((words) => make("th", { scope: "col" }, words)))),
            make("tbody", null, noes),
          ),
        )
      : make("p", null, unknown ? "No refusal." : "Nothing to flip: every test shown holds."),
    unknown
      ? make("div", { class: "unknown" }, make("p", null, "Tests after signing are held for the packages of the scenario and one moved number at a time, at the stops of its slider. For these settings run:"), make("code", { class: "command" }, command("stability", now.state, "--agreement", agreementText(agreement))))
      : null,
  );
}

// --- numbers ----------------------------------------------------------------------------------------------

const cards = new Map();
let limit = 12;

function sourceWords(reference) {
  if (!reference) return [];
  return reference.split(" ").map((one) => {
    const [key, where] = one.split("#");
    const source = Object.hasOwn(held.sources, key) ? held.sources[key] : null;
    return make("li", null, source ? `${source[0]}${source[1] ? ` (${source[1]})` : ""}${where ? `, ${where}` : ""}` : one);
  });
}

function numberCard(path) {
  const number = now.coding.numbers[path];
  const stops = positions(number);
  const [lowest, highest] = bounds(path);
  const label = inWords(path);
  const id = `parley-n-${number.place}`;
  const state = () => now.valueOf(path);
  const nearest = () => {
    let best = 0;
    stops.forEach((value, n) => { if (Math.abs(value - state()) < Math.abs(stops[best] - state())) best = n; });
    return best;
  };
  const slider = stops.length
    ? make("input", { type: "range", id, min: 0, max: stops.length - 1, step: 1, oninput: (event) => setNumber(path, stops[event.target.valueAsNumber], "slider"), onchange: settle })
    : null;
  const box = make("input", { type: "number", id: `${id}-box`, step: "any", min: Number.isFinite(lowest) ? lowest : null, max: Number.isFinite(highest) ? highest : null, "aria-label": plain(`${label}, exact value`), onchange: (event) => { const value = event.target.valueAsNumber; if (fits(path, value)) { setNumber(path, value, "box"); settle(); } else update(); } });
  const reset = make("button", { type: "button", class: "small", onclick: () => { setNumber(path, number.value, "reset"); settle(); slider?.focus(); } }, "Reset");
  const range = number.ranged ? (number.low < number.high ? `range ${short(number.low)} to ${short(number.high)}` : "certain: its range is a point") : stops.length ? "no range given; the slider runs over its scale" : "no range given";
  const used = forPayoffs(now.coding, path) ? "" : now.coding.verdicts?.kept.includes(number.place) ? "Moves only whether violators keep the packages." : /\.p_real$/.test(path) ? "Used where worlds are drawn; here a line is switched above." : "Moves nothing that this page computes; commands use it.";
  const about = make("details", null, make("summary", null, `central ${short(number.value)} · ${range} · ${number.status}`), make("p", null, `Key: ${path}. Status: ${statusWords[number.status] || number.status}. ${number.note}`), make("ul", null, sourceWords(number.sources)), used ? make("p", null, used) : null);
  const root = make("div", { class: "number", role: "group", "aria-label": plain(label) }, make("div", { class: "row" }, make("label", { for: slider ? id : `${id}-box` }, label), reset), make("div", { class: "row" }, slider, box), about);
  function update() {
    const value = state();
    box.value = short9(value);
    if (slider) {
      slider.value = nearest();
      slider.setAttribute("aria-valuetext", short9(value));
    }
    root.classList.toggle("moved", now.state.values.has(path));
    reset.disabled = !now.state.values.has(path);
  }
  update();
  return { root, update, focus: () => (slider || box).focus() };
}

function wanted() {
  const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const party = at("party").value;
  const kind = at("kind").value;
  const moved = now.state.values;
  return Object.values(now.coding.numbers)
    .filter((number) => {
      const { path } = number;
      if (party && !path.startsWith(`parties.${party}.`)) return false;
      if (kind === "moved") return moved.has(path);
      if (kind === "no_deal" && !(forPayoffs(now.coding, path) && path.includes(".no_deal.")) && !moved.has(path)) return false;
      if (kind === "payoffs" && !forPayoffs(now.coding, path)) return false;
      if (kind === "kept" && !now.coding.verdicts?.kept.includes(number.place)) return false;
      if (!words.length) return true;
      const text = `${inWords(path)} ${path} ${number.status} ${number.sources}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .map((number) => number.path);
}

function renderNumbers() {
  const paths = wanted();
  const shown = paths.slice(0, limit);
  cards.clear();
  for (const path of shown) cards.set(path, numberCard(path));
  fill("numbers", [...cards.values()].map((card) => card.root), paths.length ? null : make("p", null, "No number is about that."));
  fill("found", `${counted(paths.length, "number", "numbers")}${paths.length > shown.length ? `, ${shown.length} shown` : ""}`);
  at("more").hidden = paths.length <= shown.length;
}

function renderLines() {
  const open = new Set([...at("lines").querySelectorAll("details[open]")].map((one) => one.dataset.party));
  const groups = parties.map((party, i) => {
    const { lines } = now.coding.parties[i];
    if (!lines.length) return null;
    const real = lines.filter((line) => now.isReal(line)).length;
    return make(
      "details",
      { class: "lines", open: open.has(party.key), "data-party": party.key },
      make("summary", null, `${party.title}: ${real} of ${lines.length} real`),
      lines.map((line) =>
        make(
          "label",
          { class: "line" },
          make("input", { type: "checkbox", checked: now.isReal(line), onchange: (event) => setLine(line, event.target.checked) }),
          make("span", null, `${issues[line.issue].title}: ${line.options.map((o) => issues[line.issue].options[o].title).join(" or ")}`, make("small", null, ` ${line.kind === "hard" ? "hard in the file" : "declared in the file"}, ${line.status}`), sourceWords(line.sources).length ? make("small", null, ` (${line.sources})`) : null),
        ),
      ),
    );
  });
  fill("lines", groups.some(Boolean) ? groups : make("p", null, "The scenario has no red lines."));
  at("audience").checked = now.audience;
}

function renderDifference() {
  if (!keptState) {
    fill("difference");
    return;
  }
  const a = settings(keptState);
  const b = settings(now.state);
  const rows = [];
  if (keptState.coding !== now.state.coding) rows.push(`coding: A ${codings[keptState.coding].name || "own"}, B ${codings[now.state.coding].name || "own"}`);
  for (const one of a) if (!b.includes(one)) rows.push(`only in A: ${one}`);
  for (const one of b) if (!a.includes(one)) rows.push(`only in B: ${one}`);
  fill("difference", make("p", null, rows.length ? "A and B differ in:" : "A and B are the same so far: move a number."), make("ul", null, rows.map((row) => make("li", null, make("code", null, row)))));
}

// --- taking the state along -------------------------------------------------------------------------------

function renderShare() {
  const address = `${location.href.split("#")[0]}${link()}`;
  at("link").value = address;
  at("command").value = command("zone", now.state);
  at("file").value = scenarioFile(now.state);
}

async function copy(id) {
  const field = at(id);
  let done = false;
  try {
    await navigator.clipboard.writeText(field.value);
    done = true;
  } catch {
    field.select();
    done = document.execCommand("copy");
  }
  fill("copied", done ? "Copied." : "Selected: press Ctrl+C or Command+C.");
}

// --- moving -----------------------------------------------------------------------------------------------

function changed() {
  renderAnswer();
  if (now.faults().length) {
    // What follows from settings that the program refuses is no answer to anything.
    fill("summary", sentences(now)[0]);
    for (const id of ["changes", "packages", "chosen"]) fill(id, make("p", null, "Nothing is worked out from settings that the program refuses."));
    renderDifference();
    renderShare();
    return;
  }
  renderChanges();
  renderPackages();
  renderDifference();
  renderShare();
}

function setNumber(path, value) {
  const state = copyOf(now.state);
  if (value === now.coding.numbers[path].value) state.values.delete(path);
  else state.values.set(path, value);
  now.take(state);
  cards.get(path)?.update();
  changed();
}

function setLine(line, real) {
  const state = copyOf(now.state);
  if (real === (line.kind === "hard")) state.lines.delete(line.path);
  else state.lines.set(line.path, real);
  now.take(state);
  const group = at("lines").querySelector(`details[data-party="${CSS.escape(line.path.split(".")[1])}"] > summary`);
  const own = now.coding.parties[lineAt(line.path).party].lines;
  if (group) group.textContent = plain(`${titleOf.get(line.path.split(".")[1])}: ${own.filter((one) => now.isReal(one)).length} of ${own.length} real`);
  changed();
  settle();
}

function applyChange(change) {
  if (change.kind === "red line") {
    const line = findLine(now.coding, change.path);
    setLine(line, false);
    renderLines();
    const group = [...at("lines").querySelectorAll("details")].find((one) => one.dataset.party === change.path.split(".")[1]);
    group.open = true;
    group.querySelectorAll("input")[lineAt(change.path).place].focus();
    return;
  }
  setNumber(change.path, change.next);
  settle();
  if (!cards.has(change.path)) {
    at("kind").value = "moved";
    at("party").value = "";
    at("search").value = "";
    renderNumbers();
  }
  cards.get(change.path).focus();
}

/** Keep the address in step once a slider rests; browsers refuse too many changes a second. */
function settle() {
  try {
    history.replaceState(null, "", link());
  } catch {
    // The link below the page is right all the same.
  }
}

function takeOver(found) {
  keptState = found.kept;
  if (keptState) kept.take(keptState);
  now.take(found.now);
  at("coding").value = String(now.state.coding);
  fill("unknown", found.unknown.length ? `The link names what this file does not have: ${found.unknown.join("; ")}.` : "");
  renderLines();
  renderNumbers();
  changed();
}

function start() {
  const results = proven();
  const wrong = results.filter((one) => !one.equal);
  if (wrong.length) {
    fill(
      "check",
      make("strong", null, "This page shows nothing: its arithmetic in this browser is not the program's. "),
      wrong.map((one) => make("p", null, `Coding ${one.coding.name || "of the file"}: SHA-256 of all utilities is ${one.own.utilities}, the program's ${one.coding.digests.utilities}; of who accepts what ${one.own.accepts}, the program's ${one.coding.digests.accepts}.`)),
    );
    at("check").classList.add("failed");
    return;
  }
  fill(
    "check",
    `Checked in this browser: all ${grouped(space.n * parties.length)} utilities${codings.length > 1 ? ` of each of ${codings.length} codings` : ""} are the program's (SHA-256 `,
    make("code", { title: results[0].own.utilities }, results[0].own.utilities.slice(0, 12)),
    ").",
  );
  at("check").dataset.utilities = results[0].own.utilities;
  const shares = Object.entries(held.scenario.shares).map(([status, share]) => `${percent(share)} ${status}`);
  fill("facts", `${held.scenario.question} `, `Scenario of ${held.scenario.as_of}, hash `, make("code", { title: held.scenario.hash }, held.scenario.hash.slice(0, 12)), `. ${grouped(space.n)} agreements, ${parties.length} parties, ${grouped(held.scenario.n_given)} numbers given: ${list(shares)}.`);
  codings.forEach((coding, n) => at("coding").append(make("option", { value: n }, coding.name ? `${coding.name}: ${coding.note || coding.title}` : coding.title)));
  at("codings").hidden = codings.length < 2;
  parties.forEach((party) => at("party").append(make("option", { value: party.key }, party.title)));
  at("coding").addEventListener("change", (event) => { now.take({ ...blank(), coding: Number(event.target.value) }); renderLines(); renderNumbers(); changed(); settle(); });
  for (const id of ["search", "party", "kind"]) at(id).addEventListener("input", () => { limit = 12; renderNumbers(); });
  at("more").addEventListener("click", () => { limit += 24; renderNumbers(); });
  at("order").addEventListener("change", (event) => { order = event.target.value; renderPackages(); });
  at("audience").addEventListener("change", (event) => {
    const state = copyOf(now.state);
    state.audience = event.target.checked === now.coding.audience ? null : event.target.checked;
    now.take(state);
    changed();
    settle();
  });
  at("keep").addEventListener("click", () => { keptState = copyOf(now.state); kept.take(keptState); changed(); settle(); });
  at("drop").addEventListener("click", () => { keptState = null; changed(); settle(); });
  at("reset").addEventListener("click", () => { now.take({ ...blank(), coding: now.state.coding }); renderLines(); renderNumbers(); changed(); settle(); });
  for (const id of ["link", "command", "file"]) at(`copy-${id}`).addEventListener("click", () => copy(id));
  window.addEventListener("hashchange", () => { if (isState(location.hash)) takeOver(fromHash(location.hash)); });
  at("main").hidden = false;
  takeOver(fromHash(isState(location.hash) ? location.hash : ""));
}

start();
