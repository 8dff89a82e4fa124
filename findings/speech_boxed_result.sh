#!/usr/bin/env bash
# speech-rule-engine 4.1.5: a result framed as MathML Core allows it (an mrow with a border) is read without a word of the frame;
# the same in menclose notation="box", which is not in MathML Core, is announced. And a plus above a partial sign is a power.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund speech-rule-engine@4.1.5
cat > read.cjs <<'JS'
const sre = require("speech-rule-engine");
sre.setupEngine({ locale: "en", domain: "mathspeak" }).then(() => {
  const inside = "<mi>x</mi><mo>=</mo><mn>2</mn>";
  const bordered = sre.toSpeech(`<math><mrow style="border:1px solid">${inside}</mrow></math>`);
  const enclosed = sre.toSpeech(`<math><menclose notation="box">${inside}</menclose></math>`);
  const total = sre.toSpeech("<math><msup><mi>∂</mi><mo>+</mo></msup><mi>L</mi></math>");
  console.log("speech-rule-engine", sre.version, "|", bordered, "|", enclosed, "|", total);
  const same = bordered === "x equals 2" && /box/i.test(enclosed) && /plus/.test(total) && /Superscript|power/i.test(total);
  console.log(same ? "as found" : "CHANGED");
  process.exit(same ? 0 : 1);
});
JS
node read.cjs
