PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test lint types docs fuzz accuracy all-checks bench clean

demo: $(VENV)/core
	$(BIN)/python examples/demo.py

test: lint types
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/dev
	$(BIN)/mypy

docs: $(VENV)/dev
	$(BIN)/python -m pytest tests/docs

fuzz: $(VENV)/dev
	FUZZ_EXAMPLES=500 $(BIN)/python -m pytest --numprocesses auto tests/fuzzing

accuracy: $(VENV)/dev
	$(BIN)/python -m tests.accuracy
	EVERYTHING=1 $(BIN)/python -m pytest --numprocesses auto tests/properties/test_recorded.py

all-checks: test fuzz accuracy

bench: $(VENV)/dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "driftcheck needs Python 3.11 or later; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/core: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/core
