// PBKDF2 with HMAC-SHA-256. The browser does it by itself where it may (crypto.subtle); elsewhere, on a plain http page, the code
// below does. The constants of SHA-256 are digits of roots of primes, so they are worked out.
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((p) => n % p)) PRIMES.push(n);
const fraction32 = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const ROUND = Int32Array.from(PRIMES, (p) => fraction32(Math.cbrt(p)));
const START = Int32Array.from(PRIMES.slice(0, 8), (p) => fraction32(Math.sqrt(p)));
const schedule = new Int32Array(64);

// One block of 16 words into a state of 8.
function compress(state, block) {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = block[t];
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15], y = w[t - 2];
    const s = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const r = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16] + s + w[t - 7] + r) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const s = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s + ((e & f) ^ (~e & g)) + ROUND[t] + w[t]) | 0;
    const r = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (r + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

// The words of a message's blocks, filled up to its end; `before` bytes of the same message were read already.
function blocks(bytes, before = 0) {
  const count = Math.ceil((bytes.length + 9) / 64);
  const words = new Int32Array(16 * count);
  bytes.forEach((byte, i) => { words[i >> 2] |= byte << (24 - 8 * (i & 3)); });
  words[bytes.length >> 2] |= 0x80 << (24 - 8 * (bytes.length & 3));
  words[words.length - 1] = 8 * (bytes.length + before);
  return words;
}

function digest(bytes, state = START.slice(), before = 0) {
  const words = blocks(bytes, before);
  for (let i = 0; i < words.length; i += 16) compress(state, words.subarray(i, i + 16));
  return state;
}

const bytesOf = (state) => Uint8Array.from({ length: 32 }, (_, i) => state[i >> 2] >>> (24 - 8 * (i & 3)));

// The first 16 bytes of PBKDF2, worked out here. No password here is longer than 64 bytes once it is hashed.
function slowHashHere(word, salt, rounds) {
  const typed = new TextEncoder().encode(word);
  const key = new Uint8Array(64);
  key.set(typed.length > 64 ? bytesOf(digest(typed)) : typed);
  const [inner, outer] = [0x36, 0x5c].map((pad) => {
    const state = START.slice(), padded = blocks(key.map((byte) => byte ^ pad)).subarray(0, 16);
    compress(state, padded);
    return state;
  });
  const wrapped = blocks(new Uint8Array(32), 64);
  const hmac = (innerState) => {
    wrapped.set(innerState);
    const state = outer.slice();
    compress(state, wrapped);
    return state;
  };
  let step = hmac(digest([...salt, 0, 0, 0, 1], inner.slice(), 64));
  const sum = step.slice();
  for (let i = 1; i < rounds; i++) {
    wrapped.set(step);
    const state = inner.slice();
    compress(state, wrapped);
    step = hmac(state);
    for (let k = 0; k < 8; k++) sum[k] ^= step[k];
  }
  return bytesOf(sum).subarray(0, 16);
}

// The same by the browser, which is many times as fast.
async function slowHash(word, salt, rounds) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return slowHashHere(word, salt, rounds);
  const key = await subtle.importKey("raw", new TextEncoder().encode(word), "PBKDF2", false, ["deriveBits"]);
  const bits = await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, key, 128);
  return new Uint8Array(bits);
}

// Bytes are kept in letters: no number can stand in them by chance. a to f are themselves, g to p are 0 to 9.
const toLetters = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0").replace(/\d/g, (c) => "ghijklmnop"[c])).join("");
function fromLetters(text) {
  const hex = text.replace(/[g-p]/g, (c) => "ghijklmnop".indexOf(c));
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
