# Everything a newcomer types: `make run` and `make test`. All else is inside.
# Needs Python 3.11 or newer with venv; a C++ compiler makes `make run` faster.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= auto

.PHONY: run test test-long lint benchmark clean

run: $(VENV)/installed
	$(BIN)/axocell run --output build/run

test: $(VENV)/installed-test lint
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "not long"

# Whole mutation run, hour-long recordings, every benchmark: by hand, about half an hour.
test-long: $(VENV)/installed-test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m long

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

benchmark: $(VENV)/installed
	$(BIN)/axocell benchmark --output build/benchmark.json

clean:
	rm -rf build $(VENV)

$(VENV)/installed: pyproject.toml
	$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-test: $(VENV)/installed tools/install_debian_packages.sh
	sh tools/install_debian_packages.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@
