#!/usr/bin/env bash
# WeasyPrint 70.0 sets a MathML fraction as its signs one after the other: one half is printed, and read from the PDF, as 12, two
# cubed as 23, also with pdf_variant="pdf/ua-1", where the formula's alttext ("1/2") is not in the file either. Nothing is said.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check weasyprint==70.0 pypdf==6.4.0 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import io
import sys
import pypdf
import weasyprint

page = """<!DOCTYPE html><html lang="en"><head><title>Step</title></head><body><p>step
<math alttext="1/2"><mfrac><mn>1</mn><mn>2</mn></mfrac></math> and
<math alttext="2 cubed"><msup><mn>2</mn><mn>3</mn></msup></math></p></body></html>"""
written = weasyprint.HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
reader = pypdf.PdfReader(io.BytesIO(written))
text = " ".join(reader.pages[0].extract_text().split())
alternatives = [o.get_object().get("/Alt") for o in (reader.get_object(i) for i in range(1, reader.trailer["/Size"])) if isinstance(o, pypdf.generic.DictionaryObject)]
told = [a for a in alternatives if a is not None]
print("WeasyPrint", weasyprint.__version__, "| text of the page:", text, "| alternatives in the file:", told)
same = text == "step 12 and 23" and told == []
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
