#!/usr/bin/env bash
# pandoc (pypandoc_binary 1.17) to Typst: the square of a fraction without brackets, "{\frac{a}{b}}^2", becomes "a / b^2", where the
# square belongs to b alone; its MathML of the same formula has the square on the whole fraction. With "\left( ... \right)" it is right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pypandoc_binary==1.17
"$folder/venv/bin/python" - <<'PY'
import re
import sys
import pypandoc

def to(form, formula, *options):
    return pypandoc.convert_text(f"${formula}$", form, format="markdown", extra_args=options).strip()

bare = to("typst", r"{\frac{a}{b}}^2")
bracketed = to("typst", r"\left(\frac{a}{b}\right)^2")
mathml = re.sub(r"\s+", "", to("html", r"{\frac{a}{b}}^2", "--mathml"))
print("pandoc", pypandoc.get_pandoc_version(), "| bare:", bare, "| in brackets:", bracketed)
print("MathML:", re.search(r"<msup>.*</msup>", mathml)[0])
same = bare == "$a / b^2$" and bracketed == "$(a / b)^2$" and "<msup><mfrac>" in mathml
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
