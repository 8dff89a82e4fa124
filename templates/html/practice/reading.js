// What is typed, read: numbers, names, + - * / ^, brackets, calls, f'(x), dL/dw. The tree is made of arrays: [kind, ...].
const SIGNS = { "−": "-", "–": "-", "·": "*", "×": "*", "∙": "*", "⋅": "*", "•": "*", "∗": "*", "÷": "/", "∶": "/", "⁄": "/", "∕": "/",
  "≤": "<=", "≥": ">=", "≠": "!=", "’": "'", "′": "'", "‘": "'", "⁺": "", "\u2062": "*", "Σ": " sum ", "∑": " sum " };
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", LOWERED = "₀₁₂₃₄₅₆₇₈₉";
const VULGAR = /[¼½¾⅐-⅞]/g;
const TOKEN = /\s*(?:(?<number>\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|[.,]\d+(?:[eE][+-]?\d+)?)|(?<partial>∂\s*)?(?<name>\p{L}[\p{L}\p{M}\p{N}]*(?:\^\{?\d+\}?(?=_))?(?:_+\{[^{}]*\}|_+[\p{L}\p{N}]+)*)(?<primes>'*)(?<slot>_\d+)?|(?<sign><=|>=|==|!=|[-+*/^(),;:<>=|[\]])|(?<other>\S))/uy;
const MOST = 2 ** 11;
const DEEPEST = 10 ** 2;

function spelled(text) {
  return text
    .replace(VULGAR, (c) => `(${c.normalize("NFKC").replace("⁄", "/")})`)
    .replace(/\\(?:cdot|times|,|;|left|right|mathrm|operatorname)\s*/g, (m) => (/cdot|times/.test(m) ? "*" : ""))
    .replace(/\\d?frac\{([^{}]*)\}\{([^{}]*)\}/g, "($1)/($2)").replace(/\\partial\s*/g, "∂").replace(/\\([a-zA-Z]+)/g, "$1")
    .replace(new RegExp(`[${RAISED}]+`, "gu"), (m) => "^" + (m.length > 1 ? `(${[...m].map(raised).join("")})` : raised(m)))
    .replace(new RegExp(`[${LOWERED}]+`, "gu"), (m) => "_" + [...m].map((c) => LOWERED.indexOf(c)).join(""))
    .replace(/\^\((\d+)\)(?=_)/g, "^$1")
    .replace(/\*\*/g, "^")
    .replace(/./gu, (c) => SIGNS[c] ?? c);
}
const raised = (c) => (c === "⁻" ? "-" : String(RAISED.indexOf(c)));

function tokens(text, names, separators) {
  if (text.length > MOST) throw new Unreadable("size");
  const found = [];
  const source = spelled(text);
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const start = TOKEN.lastIndex, match = TOKEN.exec(source);
    const { number, partial, name, primes, slot, sign, other } = match.groups;
    if (other !== undefined) throw new Unreadable("sign", { sign: other });
    if (number !== undefined && separators && number.includes(",")) {
      const cut = start + match[0].indexOf(",");
      if (cut > start + match[0].length - match[0].trimStart().length) {
        found.push({ kind: "number", text: source.slice(start, cut).trim() });
      }
      found.push({ kind: ",", text: "," });
      TOKEN.lastIndex = cut + 1;
    } else if (number !== undefined) found.push({ kind: "number", text: number });
    else if (name !== undefined) found.push({ kind: partial ? "d" : "name", text: name, primes: primes.length, slot: slot ? Number(slot.slice(1)) - 1 : 0 });
    else found.push({ kind: sign, text: sign });
    if (found.length > MOST) throw new Unreadable("size");
  }
  return found;
}

// A tree of what is typed. A comma between digits is a decimal sign; where that makes no sense, it separates.
function parse(text, names) {
  try {
    return new Parser(tokens(text, names, false), names).whole();
  } catch (error) {
    if (!(error instanceof Unreadable) || !text.includes(",")) throw error;
    try {
      return new Parser(tokens(text, names, true), names).whole();
    } catch { throw error; }
  }
}

const COMPARISONS = ["<", ">", "<=", ">=", "==", "!=", "="];

class Parser {
  constructor(found, names) { this.found = found; this.at = 0; this.names = names; this.deep = 0; }

  get kind() { return this.found[this.at]?.kind; }

  take(kind) {
    if (this.kind !== kind) return false;
    this.at++;
    return true;
  }

  expect(kind) {
    if (!this.take(kind)) throw new Unreadable("here", { sign: this.found[this.at]?.text ?? "" });
  }

  whole() {
    if (!this.found.length) throw new Unreadable("empty");
    const tree = this.sum();
    if (this.kind) throw new Unreadable(this.missing() ? "times" : "here", { sign: this.found[this.at].text });
    return tree;
  }

  // Whether something follows that would have needed a sign of multiplication.
  missing() { return ["name", "number", "(", "d"].includes(this.kind); }

  sum() {
    if (++this.deep > DEEPEST) throw new Unreadable("size");
    let left = this.product();
    while (this.kind === "+" || this.kind === "-") left = [this.found[this.at++].kind, left, this.product()];
    this.deep--;
    return left;
  }

  product() {
    if (this.take("-")) return ["neg", this.product()];
    if (this.take("+")) return this.product();
    let left = this.power();
    while (this.kind === "*" || this.kind === "/") {
      const sign = this.found[this.at++].kind;
      const right = this.factor();
      left = left[0] === "vector" && right[0] === "vector" && sign === "*" ? dot(left, right) : [sign, left, right];
    }
    return left;
  }

  // A factor behind a sign of multiplication may have a sign of its own: 2*-3
  factor() {
    if (this.take("-")) return ["neg", this.factor()];
    return this.take("+") ? this.factor() : this.power();
  }

  power() {
    const base = this.atom();
    if (!this.take("^")) return base;
    if (++this.deep > DEEPEST) throw new Unreadable("size");
    const tree = ["^", base, this.exponent()];
    this.deep--;
    return tree;
  }

  exponent() {
    if (this.take("-")) return ["neg", this.exponent()];
    return this.take("+") ? this.exponent() : this.power();
  }

  atom() {
    const token = this.found[this.at];
    if (this.take("number")) return ["number", readNumber(token.text)];
    if (this.take("(") || this.take("[")) {
      const inner = this.sum();
      if (!this.take(")")) this.expect("]");
      return inner;
    }
    if (this.take("|")) {
      const inner = this.sum();
      this.expect("|");
      return ["call", "abs", 0, 0, [inner]];
    }
    if (this.take("d")) return this.partial(token.text);
    if (!this.take("name")) throw new Unreadable(token ? "here" : "end", { sign: token?.text ?? "" });
    return this.named(token);
  }

  named(token) {
    const name = this.names.quantity(token.text), vector = this.names.vector(token.text);
    if (this.kind === "(" && Object.hasOwn(this.names.slopes, token.text)) {
      return this.call(this.names.slopes[token.text], { ...token, primes: 1 });
    }
    const called = this.kind === "(" ? this.names.function_(token.text) : null;
    if (called !== null && (name === null || token.primes)) return this.call(called, token);
    if (name !== null && !token.primes) return this.names.short(name) ?? ["name", name];
    if (vector !== null && !token.primes) return ["vector", vector, token.text];
    if (!token.primes && ["pi", "π"].includes(token.text)) return ["pi"];
    if (token.text.startsWith("d") && this.kind === "/") return this.partial(token.text.slice(1));
    if (this.kind === "(" && /^\p{L}[\p{L}\p{N}]+$/u.test(token.text)) throw new Unreadable("function", { name: token.text });
    throw new Unreadable(this.names.function_(token.text) ? "brackets" : "name", { name: token.text });
  }

  // dL/dw, ∂L/∂w
  partial(above) {
    const of = this.names.quantity(above);
    if (of === null) throw new Unreadable("name", { name: above });
    this.expect("/");
    const below = this.found[this.at];
    if (below && this.take("name") && !below.text.startsWith("d")) throw new Unreadable("partial", { name: above });
    if (!below || (below.kind !== "name" && !this.take("d"))) throw new Unreadable("partial", { name: above });
    const written = below.kind === "d" ? below.text : below.text.slice(1);
    const by = this.names.quantity(written);
    if (by === null) throw new Unreadable("name", { name: written });
    return ["partial", of, by];
  }

  call(called, token) {
    this.expect("(");
    if (called === "cases") return this.cases();
    const args = [this.sum()];
    while (this.take(",") || this.take(";")) args.push(this.sum());
    this.expect(")");
    const many = this.names.arity(called);
    if (args.length < many[0] || args.length > many[1]) throw new Unreadable("arguments", { name: token.text });
    if (called === "dot") return dot(...args);
    return ["call", called, token.primes, token.slot, args];
  }

  // cases(x > 0: x, else: 0)
  cases() {
    const pieces = [];
    while (!(this.kind === "name" && this.found[this.at].text === "else")) {
      const left = this.sum(), sign = this.kind;
      if (!COMPARISONS.includes(sign)) throw new Unreadable("here", { sign: this.found[this.at]?.text ?? "" });
      this.at++;
      const right = this.sum();
      this.expect(":");
      pieces.push([sign, left, right, this.sum()]);
      if (!this.take(",")) this.expect(";");
    }
    this.at++;
    this.expect(":");
    const otherwise = this.sum();
    this.expect(")");
    return ["cases", pieces, otherwise];
  }
}

// u·v, entry by entry.
function dot(left, right) {
  const wrong = [left, right].find(([kind]) => kind !== "vector");
  if (wrong || left[1].length !== right[1].length) throw new Unreadable("arguments", { name: "dot" });
  const terms = left[1].map((entry, k) => ["*", ["name", entry], ["name", right[1][k]]]);
  return terms.reduce((sum, term) => ["+", sum, term]);
}

// One number: with a sign, as a fraction, with a power of ten. Nothing is left to be worked out.
function isPlain(tree) {
  if (tree[0] === "neg") return isPlain(tree[1]);
  if (tree[0] === "/") return isWhole(tree[1]) && isWhole(tree[2]);
  if (tree[0] === "*") return tree[1][0] === "number" && isTens(tree[2]);
  return tree[0] === "number";
}
const isWhole = (tree) => (tree[0] === "neg" ? isWhole(tree[1]) : tree[0] === "number");
const isTens = (tree) => tree[0] === "^" && tree[1][0] === "number" && tree[1][1][0] === 10n && tree[1][1][1] === 1n && isWhole(tree[2]);

// The exact value of a tree of numbers.
function exactValue(tree) {
  if (tree[0] === "number") return tree[1];
  if (tree[0] === "neg") return exact["-"]([0n, 1n], exactValue(tree[1]));
  if (tree[0] in exact) return exact[tree[0]](exactValue(tree[1]), exactValue(tree[2]));
  throw new Unreadable("number");
}

// The rows of a matrix: "1 2; 3 4", "[[1, 2], [3, 4]]", "[1 2; 3 4]", one row on each line.
function parseMatrix(text, names) {
  const bare = text.replace(/\]\s*,?\s*\[/g, ";").replace(/[[\]]/g, " ").trim();
  return bare.split(/[;\n]/).map((row) => row.trim().split(/,\s+|\s+/).filter(Boolean).map((cell) => parse(cell, names)));
}
