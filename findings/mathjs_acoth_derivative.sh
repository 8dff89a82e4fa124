#!/usr/bin/env bash
# mathjs 15.2.0: derivative("acoth(x)", "x") has the wrong sign. acoth falls wherever it is defined; the derivative printed is
# -(1 / (1 - x^2)), which is +1/3 at 2, where differences of mathjs' own acoth give -1/3. atanh is right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund mathjs@15.2.0
cat > differ.mjs <<'JS'
import { derivative, evaluate } from "mathjs";
const h = 1e-6;
const look = (name, x) => {
  const slope = (evaluate(`${name}(${x + h})`) - evaluate(`${name}(${x - h})`)) / (2 * h);
  return [derivative(`${name}(x)`, "x").evaluate({ x }), slope].map((value) => value.toFixed(4));
};
const acoth = look("acoth", 2), atanh = look("atanh", 0.5);
console.log("mathjs 15.2.0 | derivative and difference: acoth at 2:", acoth.join(" "), "| atanh at 0.5:", atanh.join(" "));
const same = acoth.join() === "0.3333,-0.3333" && atanh[0] === atanh[1];
console.log(same ? "as found" : "CHANGED");
process.exit(same ? 0 : 1);
JS
node differ.mjs
