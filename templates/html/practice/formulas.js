// The value of what is typed at the computation's places, one number or one for each sample.
const PRIMITIVES = {
  exp: Math.exp, ln: Math.log, sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos, tanh: Math.tanh, atan: Math.atan, abs: Math.abs,
  max: Math.max, min: Math.min, erf,
};
const SLOPE = 1e-3;

// e^(-x²) 2/√π Σ 2^n x^(2n+1) / (1·3·…·(2n+1)); NIST Digital Library of Mathematical Functions, 7.6.2
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) total += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

const operations = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "^": (a, b) => a ** b };
const compare = { "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "!=": (a, b) => a !== b,
  "==": (a, b) => a === b, "=": (a, b) => a === b };

// What names mean in one computation: its quantities and functions as they may be typed.
class Names {
  constructor(computation) {
    this.functions = computation.functions;
    this.shorts = computation.shorts;
    this.written = new Map();
    this.squeezed = new Map();
    for (const [name, texts] of Object.entries(computation.names)) {
      for (const text of texts) {
        this.written.set(text, name);
        const key = squeezed(text);
        this.squeezed.set(key, [undefined, name].includes(this.squeezed.get(key)) ? name : null);
      }
    }
    this.parsed = {};
  }

  quantity(text) { return this.written.get(text) ?? this.squeezed.get(squeezed(text)) ?? null; }

  // A short name of a derivative, as that derivative.
  short(name) { return Object.hasOwn(this.shorts, name) ? ["partial", ...this.shorts[name]] : null; }

  function_(text) {
    if (["mean", "sum", "cases"].includes(text.toLowerCase())) return text.toLowerCase();
    const found = (test) => Object.keys(this.functions).find((key) => this.functions[key].names.some(test));
    return found((name) => name === text) ?? found((name) => name.toLowerCase() === text.toLowerCase()) ?? null;
  }

  arity(key) { return key === "mean" ? [1, 1] : key === "sum" ? [1, 1000] : this.functions[key].arity; }

  // A function's formula, read once.
  body(key) {
    const { value, args } = this.functions[key];
    const inside = new Names({ functions: this.functions, shorts: {}, names: Object.fromEntries(args.map((arg) => [arg, [arg]])) });
    return (this.parsed[key] ??= parse(value, inside));
  }
}

const squeezed = (text) => text.normalize("NFKC").replace(/[_^{},\s]/g, "");

function value(tree, place) {
  const [kind, ...parts] = tree;
  if (kind === "number") return Number(parts[0][0]) / Number(parts[0][1]);
  if (kind === "name") return place.values[parts[0]];
  if (kind === "neg") return lifted((a) => -a, [value(parts[0], place)]);
  if (kind === "partial") {
    const found = place.partials[`${parts[0]} ${parts[1]}`];
    if (found === undefined) throw new Unreadable("derivative", { above: parts[0], below: parts[1] });
    return found;
  }
  if (kind === "cases") return cases(parts[0], parts[1], place);
  if (kind === "call") return call(parts, place);
  return lifted(operations[kind], [value(parts[0], place), value(parts[1], place)]);
}

// A function of numbers, of one number per sample where one of its arguments has so many.
function lifted(f, args) {
  const long = args.find(Array.isArray);
  return long ? long.map((_, k) => f(...args.map((arg) => (Array.isArray(arg) ? arg[k] : arg)))) : f(...args);
}

function cases(pieces, otherwise, place) {
  const chosen = (k) => {
    if (k === pieces.length) return value(otherwise, place);
    const [sign, left, right, result] = pieces[k];
    const holds = lifted((a, b) => compare[sign](a, b), [value(left, place), value(right, place)]);
    return lifted((yes, a, b) => (yes ? a : b), [holds, value(result, place), chosen(k + 1)]);
  };
  return chosen(0);
}

function call([key, primes, slot, args], place) {
  const values = args.map((arg) => value(arg, place));
  if (key === "mean" || (key === "sum" && values.length === 1)) {
    const total = spread(values[0], place.samples).reduce((a, b) => a + b, 0);
    return key === "mean" ? total / place.samples : total;
  }
  if (key === "sum") return values.reduce((a, b) => lifted((x, y) => x + y, [a, b]));
  const f = (...numbers) => applied(key, numbers, place);
  return lifted(primes ? slope(f, slot, primes) : f, values);
}

const spread = (found, samples) => (Array.isArray(found) ? found : Array(samples).fill(found));

function applied(key, numbers, place) {
  const { args, value: formula } = place.names.functions[key];
  if (!formula) return PRIMITIVES[key](...numbers);
  const values = Object.fromEntries(args.map((arg, k) => [arg, numbers[k]]));
  place.names.functions[key].optional.forEach(([arg, usual]) => { values[arg] ??= Number(usual); });
  return value(place.names.body(key), { ...place, values, partials: {} });
}

// A derivative by differences, of sixth order: no rule for it stands in the page.
function slope(f, slot, primes) {
  const g = primes > 1 ? slope(f, slot, primes - 1) : f;
  return (...numbers) => {
    const at = (h) => g(...numbers.map((x, k) => (k === slot ? x + h : x)));
    const around = (h) => at(h) - at(-h);
    return (45 * around(SLOPE) - 9 * around(2 * SLOPE) + around(3 * SLOPE)) / (60 * SLOPE);
  };
}

// The word of a formula: its values at all places, cut as the gap says.
function formulaWord(tree, places, gap) {
  const found = places.flatMap((place) => spread(value(tree, place), place.samples));
  if (!found.every(Number.isFinite)) throw new Unreadable("nothing");
  return "f" + found.map((x, k) => String(Math.floor(x / 10 ** gap.unit + (gap.shifts[k] === "b" ? 0.5 : 0)) || 0)).join(",");
}
