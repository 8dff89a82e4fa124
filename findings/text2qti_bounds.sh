#!/usr/bin/env bash
# text2qti 0.8.0: the bounds of a numerical answer are rounded to four decimals in the QTI file, without a word: the interval
# [0.12344, 0.12346] becomes [0.1234, 0.1235], five times as wide.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check text2qti==0.8.0 2>/dev/null
cd "$folder"
printf 'Quiz title: Rounding\n\n1.  A small gradient?\n=   [0.12344, 0.12346]\n' > quiz.txt
"$folder/venv/bin/text2qti" quiz.txt > printed.txt 2>&1 || cat printed.txt
"$folder/venv/bin/python" - <<'PY'
import re
import sys
import zipfile
with zipfile.ZipFile("quiz.zip") as archive:
    text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
bounds = re.findall(r"<var(?:gte|lte|gt|lt|equal)[^>]*>([^<]*)<", text)
print("text2qti 0.8.0 | bounds in the QTI file:", bounds)
same = {"0.1234", "0.1235"} <= set(bounds) and not any("0.12344" in bound for bound in bounds)
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
