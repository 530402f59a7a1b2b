# Each target sets up .venv by itself from a bare python3 (>= 3.12).
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.parley-ready

.PHONY: setup run test test-all check lint types layers reference docs bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 12) else "parley needs Python 3.12 or newer; this is " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up .venv (once; a few minutes on a fresh machine)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

run: $(STAMP)
	@$(BIN)/parley run scenarios/berlin-2025/scenario.yaml --runs 200 --seed 2025

test: $(STAMP)
	@$(BIN)/python -m pytest -m "not slow" -n 2

test-all: $(STAMP)
	@$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)
	@$(BIN)/mypy

layers: $(STAMP)
	@$(BIN)/lint-imports

check: lint types layers test

bench: $(STAMP)
	@$(BIN)/python -m benchmarks

clean:
	rm -rf .venv build dist *.egg-info

# Rewrites the committed reference results; say in the commit why they change.
reference: $(STAMP)
	@$(BIN)/python -c "from pathlib import Path; import sim; from sim.results.reference import write_reference; \
	[write_reference(sim.read_scenario(p), Path('results/reference') / p.parent.name) for p in [Path('scenarios/berlin-2025/scenario.yaml')]]"
