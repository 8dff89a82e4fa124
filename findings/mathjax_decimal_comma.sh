#!/usr/bin/env bash
# MathJax 4.1.3: the usual decimal comma "0{,}2265" is set as two numbers, 0,226 and 5: three digits behind a comma in braces are
# taken for a group of thousands. In "0{,}{2265}" the four digits stay together.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund mathjax@4.1.3
cat > read.cjs <<'JS'
const MathJax = require("mathjax");
MathJax.init({ loader: { load: ["input/tex"] } }).then(async (math) => {
  const mml = async (tex) => (await math.tex2mmlPromise(tex)).replace(/\s+/g, "").replace(/data-[a-z-]+="[^"]*"/g, "");
  const usual = await mml("0{,}2265"), mended = await mml("0{,}{2265}");
  const numbers = (text) => [...text.matchAll(/<mn>([^<]*)<\/mn>/g)].map((match) => match[1]);
  console.log("MathJax", math.version, "| 0{,}2265:", numbers(usual), "| 0{,}{2265}:", numbers(mended));
  const same = numbers(usual).includes("5") && numbers(mended).some((number) => number.includes("2265"));
  console.log(same ? "as found" : "CHANGED");
  process.exit(same ? 0 : 1);
});
JS
node read.cjs
