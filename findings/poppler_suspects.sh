#!/usr/bin/env bash
# poppler's pdfinfo (22.12 and others; it has to be on the PATH) calls `/MarkInfo << /Suspects false >>` a "Syntax Error: Suspects
# object is wrong type (boolean)". ISO 32000-1 wants a boolean there, false is its default, and Typst 0.15.2 writes it in every tagged
# PDF. With true in its place nothing is said.
set -euo pipefail
command -v pdfinfo > /dev/null || { echo "pdfinfo is not here (Debian: poppler-utils)"; exit 1; }
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2 pikepdf==10.18.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from io import BytesIO
import pikepdf
import typst
pdf = typst.compile(b'#set document(title: "x")\n= Heading', pdf_standards=["ua-1"])
open("false.pdf", "wb").write(pdf)
with pikepdf.open(BytesIO(pdf)) as document:
    document.Root.MarkInfo.Suspects = True
    document.save("true.pdf")
PY
pdfinfo -v 2>&1 | head -1 || true
no=$(pdfinfo false.pdf 2>&1 > /dev/null || true); yes=$(pdfinfo true.pdf 2>&1 > /dev/null || true)
echo "false: ${no:-nothing} | true: ${yes:-nothing}"
if grep -q 'Suspects object is wrong type' <<<"$no" && [ -z "$yes" ]; then echo "as found"; else echo "CHANGED"; exit 1; fi
