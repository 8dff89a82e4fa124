#!/usr/bin/env bash
# tex-to-typst 0.0.18 (MyST's way to Typst): a factor after a one-digit index or power is drawn into it: "w_1 2" (w_1 times 2)
# becomes "w_12", and "2^3 4" becomes "2^34", which Typst reads as the index 12 and the power 34.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund tex-to-typst@0.0.18
cat > convert.mjs <<'JS'
import { texToTypst } from "tex-to-typst";
const formulas = ["w_1 2", "2^3 4", "w_1 x", String.raw`w_1 \cdot 2`];
const found = formulas.map((formula) => texToTypst(formula).value);
console.log("tex-to-typst 0.0.18 |", formulas.map((formula, i) => `${formula} -> ${found[i]}`).join(" | "));
const same = found[0] === "w_12" && found[1] === "2^34" && found[2] === "w_1 x" && found[3] === "w_1 dot.op 2";
console.log(same ? "as found" : "CHANGED");
process.exit(same ? 0 : 1);
JS
node convert.mjs
