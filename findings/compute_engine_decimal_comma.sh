#!/usr/bin/env bash
# @cortex-js/compute-engine 0.140.0: "0{,}75 \cdot 0{,}3" (LaTeX's decimal comma) evaluates to 225: the zeros before the commas
# are lost and 75 is multiplied by 3; and a layer's index "a_1^{(2)}" is read as a square.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @cortex-js/compute-engine@0.140.0
cat > read.mjs <<'JS'
import { ComputeEngine } from "@cortex-js/compute-engine";
const engine = new ComputeEngine();
const product = engine.parse(String.raw`0{,}75 \cdot 0{,}3`).evaluate().toString();
const layer = JSON.stringify(engine.parse(String.raw`a_1^{(2)}`).json);
console.log("compute-engine 0.140.0 | 0,75 times 0,3 =", product, "| layer:", layer);
const same = product === "225" && /Power|Square/.test(layer);
console.log(same ? "as found" : "CHANGED");
process.exit(same ? 0 : 1);
JS
node read.mjs
