# Each target sets up .venv by itself from a bare python3 (>= 3.12).
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.parley-ready
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
CHROMIUM := build/browser/unpacked/chromium
SERVER := build/language-server/node_modules/yaml-language-server/bin/yaml-language-server

.PHONY: setup language-server browser run test coverage check lint types layers reference bench versions docs clean

setup: $(STAMP)

# On the Python of .python-version the versions that the tests last passed with are taken, so that a release elsewhere
# changes nothing overnight; another Python, or versions that cannot be had, are resolved from the ranges.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 12) else "parley needs Python 3.12 or newer; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv (once; a few minutes on a fresh machine)"
	@if $(BIN)/python -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != open(".python-version").read().strip())' \
	    && $(INSTALL) --constraint constraints.txt; then :; \
	    else echo "installing the newest versions that pyproject.toml allows"; $(INSTALL); fi
	@touch $(STAMP)

# The server that editors check scenario files with is a program of Node and no dependency: where npm is absent, or
# cannot fetch it, its tests skip and say so.
language-server:
	@test -x $(SERVER) || { command -v npm >/dev/null && npm install --prefix build/language-server --no-save --no-package-lock \
	    --no-audit --no-fund --loglevel=silent --fetch-retries=1 --fetch-timeout=60000 yaml-language-server@1 >/dev/null; } \
	    || echo "no YAML language server: npm is absent or cannot fetch it; the tests that need it skip"

# A browser for the tests of pages and the checker of their accessibility, from npm: one call, and nothing outside
# build. PARLEY_BROWSER names another one; where there is none the tests skip, and under CI=true they fail.
browser:
	@test -x $(CHROMIUM) || { command -v npm >/dev/null && npm install --prefix build/browser --no-save --no-package-lock \
	    --no-audit --no-fund --loglevel=silent --fetch-retries=1 --fetch-timeout=120000 @sparticuz/chromium@147.0.0 axe-core@4 \
	    >/dev/null && node tests/e2e/unpack_browser.mjs build/browser; } \
	    || echo "no browser: npm is absent, cannot fetch it or cannot unpack it; the tests that need it skip"

run: $(STAMP)
	@$(BIN)/parley run scenarios/berlin-2025/scenario.yaml --runs 200 --seed 2025

test: $(STAMP) language-server browser
	@$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)
	@$(BIN)/mypy

layers: $(STAMP)
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_house.py

# All tests once more than `make test` would tell: which lines and branches of sim/ they reach, with a floor.
coverage: $(STAMP) language-server browser
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term --cov-report=html

check: lint types layers coverage

# Ours beside every peer in one table, benchmarks/RESULTS.md; peers go into build/peers. `python -m benchmarks` lists more.
bench: $(STAMP)
	@$(BIN)/python -m benchmarks.table

# Renews constraints.txt: a fresh .venv with the newest versions, every test, and only then the file.
versions:
	@rm -rf .venv && $(PYTHON) -m venv .venv && $(INSTALL) --upgrade && touch $(STAMP)
	@$(MAKE) check
	@{ grep '^#' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | LC_ALL=C sort -f; } > .venv/constraints.txt
	@mv .venv/constraints.txt constraints.txt && touch $(STAMP)

# The documents as a site, in build/docs; a warning stops it.
docs: $(STAMP)
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs && echo "build/docs/index.html"

clean:
	rm -rf .venv build dist *.egg-info

# Rewrites the committed reference results; say in the commit why they change.
reference: $(STAMP)
	@$(BIN)/python -m tests.golden.reference
	@$(BIN)/python -m tests.golden.pages
