// Exact numbers: [numerator, denominator] of BigInts, in lowest terms, the denominator above 0.
const MOST_BITS = 2 ** 12;
const MOST_DIGITS = 20 ** 2;
class Unreadable extends Error {
  constructor(message, values = {}) { super(message); this.values = values; }
}

function ratio(n, d = 1n) {
  if (d === 0n) throw new Unreadable("zero");
  let [a, b] = [n < 0n ? -n : n, d < 0n ? -d : d];
  while (b) [a, b] = [b, a % b];
  if (d < 0n) [n, d] = [-n, -d];
  return a ? [n / a, d / a] : [0n, 1n];
}

const exact = {
  "+": ([a, b], [c, d]) => ratio(a * d + c * b, b * d),
  "-": ([a, b], [c, d]) => ratio(a * d - c * b, b * d),
  "*": ([a, b], [c, d]) => ratio(a * c, b * d),
  "/": ([a, b], [c, d]) => ratio(a * d, b * c),
  "^": ([a, b], [c, d]) => {
    const size = (x) => x.toString(2).length;
    if (d !== 1n || c < -(10n ** 3n) || c > 10n ** 3n || (size(a) + size(b)) * Math.abs(Number(c)) > MOST_BITS) throw new Unreadable("power");
    return c < 0n ? ratio(b ** -c, a ** -c) : ratio(a ** c, b ** c);
  },
};

// A number as it is typed: 12  -3  0.5  .5  0,5  1.2e-5
function readNumber(text) {
  const [mantissa, exponent = "0"] = text.toLowerCase().split("e");
  const [whole, places = ""] = mantissa.replace(",", ".").split(".");
  const power = Number(exponent) - places.length;
  if (Math.abs(power) > MOST_DIGITS || mantissa.length > MOST_DIGITS) throw new Unreadable("size");
  const digits = BigInt(whole + places || "0");
  return power < 0 ? ratio(digits, 10n ** BigInt(-power)) : ratio(digits * 10n ** BigInt(power));
}

// The nearest whole number, a half away from zero.
function halfUp([n, d]) {
  const up = ((n < 0n ? -n : n) * 2n + d) / (2n * d);
  return n < 0n ? -up : up;
}

const ten = (e) => (e < 0 ? [1n, 10n ** BigInt(-e)] : [10n ** BigInt(e), 1n]);

// The exponent of ten of the first digit.
function magnitude([n, d]) {
  const above = n < 0n ? -n : n;
  const size = String(above).length - String(d).length;
  const [a, b] = ten(size);
  return above * b >= d * a ? size : size - 1;
}

// A number's rounded figures: k with as many digits as are printed, and the exponent of ten that belongs to it.
function figures(value, digits, rounding) {
  if (rounding === "decimals") return [halfUp(exact["/"](value, ten(-digits))), -digits];
  if (value[0] === 0n) return [0n, 0];
  const e = magnitude(value) - digits + 1;
  const k = halfUp(exact["/"](value, ten(e)));
  return (k < 0n ? -k : k) < 10n ** BigInt(digits) ? [k, e] : [k / 10n, e + 1];
}

// The words of a number: itself; its rounded figures, and those a unit of the last digit beside them.
function numberWords(value, digits, rounding) {
  const [k, e] = figures(value, digits, rounding);
  const near = [0n, 1n, -1n].map((step) => {
    if (rounding === "decimals" || k === 0n) return [k + (rounding === "decimals" ? step : 0n), e];
    return figures(exact["*"]([k + step, 1n], ten(e)), digits, rounding);
  });
  return [`=${value[0]}/${value[1]}`, ...new Set(near.map(([k, e]) => `~${k}e${e}`))];
}
