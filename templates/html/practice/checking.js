// Whether what is typed is right: its words are hashed and looked up among the gap's hashes.
function practice(data) {
  const salt = fromLetters(data.salt);
  const names = data.computations.map((computation) => new Names(computation));
  const places = data.computations.map((computation, k) =>
    computation.places.map((place) => ({ ...place, samples: computation.samples, names: names[k] })));

  async function isOneOf(words, hashes, number, part = 0) {
    const own = Uint8Array.from([...salt, number >> 8, number & 255, part >> 8, part & 255]);
    for (const word of words) if (hashes.includes(toLetters(await slowHash(word, own, data.rounds)))) return true;
    return false;
  }

  const kinds = {
    async number(gap, text, number) {
      const tree = parse(text, names[gap.of]);
      const found = exactValue(tree);
      if (!gap.worked && !isPlain(tree)) throw new Unreadable("plain");
      return (await isOneOf(numberWords(found, gap.digits, gap.rounding), gap.hashes, number)) ? "right" : coarse(text, gap) ? "coarse" : "wrong";
    },
    async formula(gap, text, number) {
      const tree = parse(text, names[gap.of]);
      if (!gap.partials && holdsPartial(tree)) throw new Unreadable("worked");
      return (await isOneOf([formulaWord(tree, places[gap.of], gap)], gap.hashes, number)) ? "right" : "wrong";
    },
    async partial(gap, text, number) {
      const tree = parse(text, names[gap.of]);
      if (tree[0] !== "partial") throw new Unreadable("partial", { name: "L" });
      const first = (name) => data.computations[gap.of].first[name] ?? name;
      return (await isOneOf([`d ${first(tree[1])} ${first(tree[2])}`], gap.hashes, number)) ? "right" : "wrong";
    },
    async matrix(gap, text, number) {
      const rows = parseMatrix(text, names[gap.of]);
      const columns = gap.rows[0].length;
      if (rows.length !== gap.rows.length || rows.some((row) => row.length !== columns)) {
        throw new Unreadable("shape", { rows: gap.rows.length, columns });
      }
      for (const [i, row] of rows.entries()) {
        for (const [j, cell] of row.entries()) {
          const words = numberWords(exactValue(cell), gap.digits, gap.rounding);
          if (!(await isOneOf(words, gap.rows[i][j], number, 1 + i * columns + j))) return "wrong";
        }
      }
      return "right";
    },
    async unchecked() { return "noted"; },
  };

  return { data, check: (number, text) => kinds[data.gaps[number - 1].kind](data.gaps[number - 1], text, number) };
}

const holdsPartial = (tree) => Array.isArray(tree) && (tree[0] === "partial" || tree.some(holdsPartial));

// Whether a number has fewer digits than the sheet prints, so that it may be right but for these.
function coarse(text, gap) {
  if (!gap.rounded || text.includes("/") || !/[.,]/.test(text)) return false;
  const [, places] = text.split(/[eE*·×]/)[0].split(/[.,]/);
  const digits = text.split(/[eE*·×]/)[0].replace(/^\D*0*[.,]?0*/, "").replace(/\D/g, "");
  return (gap.rounding === "decimals" ? places.length : digits.length) < gap.digits;
}
