# Every target sets up what it needs: Python 3.11+, git and make are enough.
PYTHON ?= python3
VENV := .venv
# Compiled modules are kept: every process of a test would otherwise compile them again.
unexport PYTHONDONTWRITEBYTECODE
BIN := $(VENV)/bin
# One process more than there are processors: many tests wait for a server.
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
RUN_READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev

.PHONY: demo test lint bench lock clean

demo: $(RUN_READY)  ## build the demo world and deliver it
	$(BIN)/leverans demo run

test: $(DEV_READY)  ## the whole test suite
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

lint: $(DEV_READY)  ## style, types and the import table
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV_READY)  ## speed and memory against a floor measured in the same run
	$(BIN)/python bench/spine.py $(BENCH_ARGS)

lock: $(DEV_READY)  ## compile the hash-locked requirements anew
	$(BIN)/python -m uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url --extra build pyproject.toml -o requirements.txt
	$(BIN)/python -m uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) var

# uv when the index has it, pip otherwise: both take the same hash-locked file.
define install
	@if [ ! -x $(BIN)/python ]; then $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (make PYTHON=python3.12 …)"; exit 1; }; $(PYTHON) -m venv $(VENV); fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
	@if $(BIN)/python -m uv --version >/dev/null 2>&1; then \
	  export VIRTUAL_ENV="$(CURDIR)/$(VENV)"; \
	  $(BIN)/python -m uv pip install --quiet --require-hashes -r $(1) && \
	  $(BIN)/python -m uv pip install --quiet --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
endef

$(RUN_READY): requirements.txt pyproject.toml
	$(call install,requirements.txt)
	@touch $@

$(DEV_READY): requirements-dev.txt pyproject.toml
	$(call install,requirements-dev.txt)
	@touch $@ $(RUN_READY)
