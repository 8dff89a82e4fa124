#!/usr/bin/env bash
# tex2typst 0.6.2 hands "\boxed", "\lvert" and "\nolimits" on unchanged or as unknown names, without an error; Typst 0.15.2 then
# refuses the formula. A Typst output needs a printer of its own.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund tex2typst@0.6.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check typst==0.15.2
cat > read.mjs <<'JS'
import { tex2typst } from "tex2typst";
for (const tex of [String.raw`\boxed{x = 2}`, String.raw`\lvert w \rvert`, String.raw`\frac{a}{b}`]) console.log(tex2typst(tex));
JS
node read.mjs > printed.txt
venv/bin/python - <<'PY'
import sys
import typst
refused = []
for text in open("printed.txt").read().splitlines():
    try:
        typst.compile(f"$ {text} $".encode())
        refused.append(False)
    except Exception:
        refused.append(True)
    print(repr(text), "refused by Typst" if refused[-1] else "compiles")
print("tex2typst 0.6.2, typst 0.15.2:", refused)
same = refused == [True, True, False]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
