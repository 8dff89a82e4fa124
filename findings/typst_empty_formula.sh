#!/usr/bin/env bash
# Typst 0.15.2 exports as PDF/UA-1, without a word, a formula with an alternative text that is but a frame (a gap to fill in): frames
# and fills are marked as decoration, so that the tag has no content and no place to come to. A blank in it is enough.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2 pikepdf==10.18.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
from io import BytesIO
import pikepdf
import typst
def places(inside):
    source = f'#set document(title: "x")\n#title()\n#math.equation(alt: "gap 1", box(width: 3em, height: 1em{inside}))'
    with pikepdf.open(BytesIO(typst.compile(source.encode(), pdf_standards=["ua-1"]))) as document:
        (formula,) = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Formula"]
        below = formula.get("/K", [])
        return len(below) if isinstance(below, pikepdf.Array) else 1
framed, blank = places(", stroke: 1pt"), places(", stroke: 1pt, [~]")
print("typst 0.15.2 | pieces of content in the tag: framed", framed, "| with a blank", blank)
same = framed == 0 and blank == 1
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
