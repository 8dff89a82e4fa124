# `make demo` and `make test` do all their set-up themselves, from a bare python3 and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# The versions that were tested last; another release of somebody else's package changes nothing here.
PINS   ?= requirements/tested.txt

.PHONY: help editor demo test test-newest test-oldest lint format bench golden docs images browser readers clean

help:
	@echo "make demo     build every spec in specs/ into output/"
	@echo "make test     run the tests, with the versions of requirements/tested.txt"
	@echo "make test-newest, make test-oldest   the same with the newest versions there are, the oldest that are allowed"
	@echo "make lint     ruff and mypy"
	@echo "make check    what CI runs: lint and test"
	@echo "make golden   write the golden files anew, to be read in the diff"
	@echo "make docs     the manual, into docs/_build/html"
	@echo "make images   the pages that the README shows, by pdftoppm"
	@echo "make bench    the benchmarks, as ratios within one run"
	@echo "make browser  what the browser tests need beside a Chromium: Playwright, axe-core"
	@echo "make editor   bundles the editor of \`derivgen serve\` (needs npm)"
	@echo "make readers  what reads Markdown in the tests: KaTeX, MathJax, markdown-it (pandoc comes from your machine)"
	@echo "make clean    remove what was built"

$(READY): pyproject.toml $(PINS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "derivgen needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(addprefix --constraint ,$(PINS)) --editable '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/derivgen build specs/*/*.yaml --output output > /dev/null
	@echo "The PDFs are in output/: a folder for each spec, with worksheet.pdf, key.pdf and notes.pdf"

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile

test-newest:
	$(MAKE) test VENV=.venv-newest PINS=

test-oldest:
	$(MAKE) test VENV=.venv-oldest PINS=requirements/oldest.txt

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(READY)
	$(BIN)/python -m pytest --refresh-golden -k golden

docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "The manual is in docs/_build/html: open index.html"

bench: $(READY)
	$(BIN)/python -m benchmarks

browser: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(addprefix --constraint ,$(PINS)) --editable '.[dev,browser]'
	npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --loglevel=error

editor:
	npm ci --prefix editor --no-audit --no-fund --loglevel=error
	npm run --prefix editor --silent build

readers:
	npm install --prefix tests/readers --no-package-lock --no-audit --no-fund --loglevel=error

clean:
	rm -rf $(VENV) .venv-newest .venv-oldest build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_build
	find output -mindepth 1 -not -name README.md -delete

images: $(READY)
	$(BIN)/derivgen build specs/notes/002_and_gate_numbers.yaml --output output --quiet
	for page in worksheet key notes; do pdftoppm -r 80 -png -f 1 -l 1 -singlefile output/002_and_gate_numbers/$$page.pdf docs/images/$$page; done
