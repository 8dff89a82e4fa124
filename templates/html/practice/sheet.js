// The sheet: an input in each gap, what is said about it, hints, progress, what was typed before.
const one = (selector) => document.querySelector(selector);
const told = JSON.parse(one(".dg-told").textContent);
const hidden = JSON.parse(new TextDecoder().decode(fromLetters(one(".dg-hidden").textContent.trim())));
const checker = practice(hidden);
const inputs = [...document.querySelectorAll("input.dg-gap")].sort((a, b) => a.dataset.gap - b.dataset.gap);
const others = [...document.querySelectorAll(".dg-fields input, textarea.dg-working")];
const said = one(".dg-said"), place = `derivgen ${hidden.salt}`;
const asked = new Map(), checked = new Map();
let current = null;

const say = (key, values = {}) => told.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const number = (input) => Number(input.dataset.gap);

function tell(text, state = "") {
  said.textContent = text;
  said.className = `dg-said${state && ` dg-is-${state}`}`;
}

function mark(input, state) {
  for (const each of ["right", "wrong", "noted"]) input.classList.toggle(`dg-is-${each}`, each === state);
  if (state === "wrong") input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  one(`#dg-state-${number(input)}`).textContent = state && told.words[state];
  const right = inputs.filter((each) => each.classList.contains("dg-is-right")).length;
  one(".dg-progress").textContent = say(right === inputs.length ? "done" : "progress", { right, all: inputs.length });
}

// What is long is written smaller, as far as it can still be read.
function fit(input) {
  for (let part = 1; part > 0.7; part *= 0.95) {
    input.style.setProperty("--dg-fit", part);
    if (input.scrollWidth <= input.clientWidth) return;
  }
}

// What an input holds, looked at: [state, what is said of it].
async function judged(input, text) {
  const gap = hidden.gaps[number(input) - 1];
  try {
    const found = await checker.check(number(input), text);
    const state = found === "coarse" ? "wrong" : found;
    const reading = found === "wrong" && gap.kind === "number" && text.includes(",") ? ` (${text.trim().replace(",", ".")})` : "";
    return [state, say(found, { digits: gap.digits }) + reading];
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return ["wrong", say(error.message, error.values)];
  }
}

async function check(input, aloud = true) {
  const text = input.value;
  if (checked.get(input)?.text === text) {
    if (aloud && text.trim()) tell(...checked.get(input).said);
    return checked.get(input)?.state;
  }
  if (!text.trim()) {
    checked.set(input, { text });
    mark(input, "");
    return "";
  }
  if (aloud) tell(say("said", { n: number(input), said: say("waiting") }));
  const [state, words] = await judged(input, text);
  if (input.value !== text) return "";
  const sentence = [say("said", { n: number(input), said: words }), state];
  checked.set(input, { text, state, said: sentence });
  mark(input, state);
  if (aloud) tell(...sentence);
  return state;
}

function hint(input) {
  if (!input) return tell(say("where"));
  const n = number(input), hints = told.hints[n - 1];
  if (!hints.length) return tell(say("none", { n }));
  const next = (asked.get(input) ?? -1) + 1;
  asked.set(input, next % hints.length);
  tell(say("hint", { n, hint: hints[next % hints.length] }) + (hints.length > 1 ? ` (${(next % hints.length) + 1}/${hints.length})` : ""));
}

// Kept in this browser, where it lets us.
function keep() {
  try {
    localStorage.setItem(place, JSON.stringify([...inputs, ...others].map((each) => each.value)));
  } catch { /* a browser may keep nothing */ }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(place)) ?? [];
  } catch { return []; }
}

async function restore() {
  const before = kept();
  [...inputs, ...others].forEach((each, k) => { if (typeof before[k] === "string" && before[k]) each.value = before[k]; });
  inputs.forEach(fit);
  for (const input of inputs) if (input.value.trim()) await check(input, false);
}

function clear() {
  if (!confirm(say("clear"))) return;
  for (const each of [...inputs, ...others]) each.value = "";
  inputs.forEach((input) => { checked.delete(input); mark(input, ""); });
  keep();
  tell(say("cleared"));
  inputs[0].focus();
}

async function entered(input) {
  const asks = input.value.trim().endsWith("?");
  if (asks) {
    input.value = input.value.trim().slice(0, -1);
    return hint(input);
  }
  if ((await check(input)) === "right" && document.activeElement === input) {
    inputs.find((each, k) => k > inputs.indexOf(input) && !each.classList.contains("dg-is-right"))?.focus();
  }
}

for (const input of inputs) {
  input.addEventListener("focus", () => { current = input; });
  input.addEventListener("input", () => { mark(input, ""); fit(input); keep(); });
  input.addEventListener("change", () => { if (!input.value.trim().endsWith("?")) check(input); });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    entered(input);
  });
}
others.forEach((each) => each.addEventListener("input", keep));
one(".dg-ask").addEventListener("click", () => { hint(current); current?.focus(); });
one(".dg-clear").addEventListener("click", clear);
one(".dg-bar").hidden = false;
restore();
