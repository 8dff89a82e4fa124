// The value of what is typed at the computation's places, one number or one for each sample. To differentiate, a number carries
// its slope along: {x, slope}.
const isSloped = (a) => typeof a === "object";
const bare = (a) => (isSloped(a) ? a.x : a);
const slopeOf = (a) => (isSloped(a) ? a.slope : 0);

// An operation on plain numbers, and how its slope follows from (its value, the numbers, their slopes).
const smooth = (f, rule) => (...args) => {
  const numbers = args.map(bare), found = f(...numbers);
  return args.some(isSloped) ? { x: found, slope: rule(found, numbers, args.map(slopeOf)) } : found;
};

const operations = {
  "+": smooth((a, b) => a + b, (_, __, [p, q]) => p + q),
  "-": smooth((a, b) => a - b, (_, __, [p, q]) => p - q),
  "*": smooth((a, b) => a * b, (_, [a, b], [p, q]) => p * b + a * q),
  "/": smooth((a, b) => a / b, (f, [, b], [p, q]) => (p - f * q) / b),
  "^": smooth((a, b) => a ** b, (f, [a, b], [p, q]) => (p ? p * b * a ** (b - 1) : 0) + (q ? q * f * Math.log(a) : 0)),
};
const negative = smooth((a) => -a, (_, __, [p]) => -p);
const chosen = (pick) => smooth((...all) => pick(...all), (f, all, slopes) => slopes[all.indexOf(f)]);
const PRIMITIVES = {
  exp: smooth(Math.exp, (f, _, [p]) => p * f),
  ln: smooth(Math.log, (_, [x], [p]) => p / x),
  sqrt: smooth(Math.sqrt, (f, _, [p]) => p / (2 * f)),
  sin: smooth(Math.sin, (_, [x], [p]) => p * Math.cos(x)),
  cos: smooth(Math.cos, (_, [x], [p]) => -p * Math.sin(x)),
  tanh: smooth(Math.tanh, (_, [x], [p]) => p / Math.cosh(x) ** 2),
  atan: smooth(Math.atan, (_, [x], [p]) => p / (1 + x * x)),
  erf: smooth(erf, (_, [x], [p]) => (p * 2 * Math.exp(-x * x)) / Math.sqrt(Math.PI)),
  abs: smooth(Math.abs, (_, [x], [p]) => p * Math.sign(x)),
  max: chosen(Math.max),
  min: chosen(Math.min),
};

// e^(-x²) 2/√π Σ 2^n x^(2n+1) / (1·3·…·(2n+1)); NIST Digital Library of Mathematical Functions, 7.6.2
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) total += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

const compare = { "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "!=": (a, b) => a !== b,
  "==": (a, b) => a === b, "=": (a, b) => a === b };

// What names mean in one computation: its quantities and functions as they may be typed.
class Names {
  constructor(computation) {
    this.functions = computation.functions;
    this.shorts = computation.shorts ?? {};
    this.slopes = computation.slopes ?? {};
    this.vectors = new Map(Object.entries(computation.vectors ?? {}).flatMap(([name, list]) => [[name, list], [squeezed(name), list]]));
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

  // A vector's entries, by its name.
  vector(text) { return this.vectors.get(text) ?? this.vectors.get(squeezed(text)) ?? null; }

  function_(text) {
    if (["mean", "sum", "cases", "dot"].includes(text.toLowerCase())) return text.toLowerCase();
    const found = (test) => Object.keys(this.functions).find((key) => this.functions[key].names.some(test));
    return found((name) => name === text) ?? found((name) => name.toLowerCase() === text.toLowerCase()) ?? null;
  }

  arity(key) { return key === "mean" ? [1, 1] : key === "sum" ? [1, 10 ** 3] : key === "dot" ? [2, 2] : this.functions[key].arity; }

  // A function's formula, read once.
  body(key) {
    const { value, args } = this.functions[key];
    const inside = new Names({ functions: this.functions, names: Object.fromEntries(args.map((arg) => [arg, [arg]])) });
    return (this.parsed[key] ??= parse(value, inside));
  }
}

const squeezed = (text) => text.normalize("NFKC").replace(/[_^{},\s]/g, "");

function value(tree, place) {
  const [kind, ...parts] = tree;
  if (kind === "number") return Number(parts[0][0]) / Number(parts[0][1]);
  if (kind === "pi") return Math.PI;
  if (kind === "name") return place.values[parts[0]];
  if (kind === "vector") throw new Unreadable("here", { sign: parts[1] });
  if (kind === "neg") return lifted(negative, [value(parts[0], place)]);
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
  const from = (k) => {
    if (k === pieces.length) return value(otherwise, place);
    const [sign, left, right, result] = pieces[k];
    const holds = lifted((a, b) => compare[sign](bare(a), bare(b)), [value(left, place), value(right, place)]);
    return lifted((yes, a, b) => (yes ? a : b), [holds, value(result, place), from(k + 1)]);
  };
  return from(0);
}

function call([key, primes, slot, args], place) {
  const values = args.map((arg) => value(arg, place));
  if (key === "mean" || (key === "sum" && values.length === 1)) {
    const total = spread(values[0], place.samples).reduce((a, b) => a + b, 0);
    return key === "mean" ? total / place.samples : total;
  }
  if (key === "sum") return values.reduce((a, b) => lifted(operations["+"], [a, b]));
  if (primes > 1) throw new Unreadable("here", { sign: "'" });
  const f = (...numbers) => applied(key, numbers, place);
  const derivative = (...numbers) => slopeOf(f(...numbers.map((x, k) => ({ x: bare(x), slope: k === slot ? 1 : 0 }))));
  return lifted(primes ? derivative : f, values);
}

const spread = (found, samples) => (Array.isArray(found) ? found : Array(samples).fill(found));

function applied(key, numbers, place) {
  const { args, value: formula } = place.names.functions[key];
  if (key === "stop gradient") return bare(numbers[0]);
  if (!formula) return PRIMITIVES[key](...numbers);
  const values = Object.fromEntries(args.map((arg, k) => [arg, numbers[k]]));
  place.names.functions[key].optional.forEach(([arg, usual]) => { values[arg] ??= Number(usual); });
  return value(place.names.body(key), { ...place, values, partials: {} });
}

// The word of a formula: its values at all places, cut as the gap says.
function formulaWord(tree, places, gap) {
  const found = places.flatMap((place) => spread(value(tree, place), place.samples));
  if (!found.every(Number.isFinite)) throw new Unreadable("nothing");
  return "f" + found.map((x, k) => String(Math.floor(x / 10 ** gap.unit + (gap.shifts[k] === "b" ? 0.5 : 0)) || 0)).join(",");
}
