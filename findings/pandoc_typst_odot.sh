#!/usr/bin/env bash
# pandoc (pypandoc_binary 1.17) writes "\odot" and "\otimes" for Typst as names that Typst 0.15.2 does not know any more: the
# document, valid LaTeX, does not compile.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pypandoc_binary==1.17 typst==0.15.2
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
import pypandoc
import typst
print("pandoc", pypandoc.get_pandoc_version(), "| typst 0.15.2")
failed = []
for sign in (r"\odot", r"\otimes", r"\cdot"):
    text = pypandoc.convert_text(f"$a {sign} b$", "typst", format="markdown")
    try:
        typst.compile(text.encode())
        outcome = "compiles"
    except Exception as error:
        outcome = str(error).splitlines()[0]
        failed.append(sign)
    print(sign, "->", text.strip(), "|", outcome)
same = failed == [r"\odot", r"\otimes"]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
