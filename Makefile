# Entry points for people and CI. Each recipe says in one line what it does.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

ARGS ?=
JOBS ?= 3
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN_STAMP := .venv/.run-ready
DEV_STAMP := .venv/.dev-ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: help demo test bench check clean

help: ## show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(RUN_STAMP) ## set everything up and run the main job once; options in ARGS="..."
	@echo "demo: vigil demo $(ARGS)"
	exec $(BIN)/vigil demo $(ARGS)

test: $(DEV_STAMP) ## set everything up and pass the tests, JOBS at once (0: one by one); pytest options in ARGS="..."
	@infra/chromium.sh
	echo "test: pytest -n $(JOBS) $(ARGS)"
	exec $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

bench: $(DEV_STAMP) build/bench-streams/.ready build/bench-yolo/.ready ## run the benchmarks and write build/bench.json
	@echo "bench: python -m tests.benchmarks $(ARGS)"
	exec $(BIN)/python -m tests.benchmarks $(ARGS)

check: $(DEV_STAMP) ## formatting, lint, types, import layers
	@echo "check: ruff format, ruff check, mypy, lint-imports"
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove the environment and what was built (the TimescaleDB folder too)
	@echo "clean: removing .venv, build and caches"
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "vigil needs Python 3.11 or newer, and none was found on PATH" >&2; exit 1; }
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	  echo "vigil needs Python 3.11 or newer, but $(PYTHON) is older: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	echo "setup: making .venv with $$("$(PYTHON)" --version)"
	"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "python -m venv failed: on Debian, apt-get install python3-venv" >&2; exit 1; }

$(RUN_STAMP): requirements.txt pyproject.toml | .venv/bin/python
	@echo "setup: installing requirements.txt into .venv"
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP)
	@echo "setup: installing requirements-dev.txt into .venv"
	$(PIP) -r requirements-dev.txt
	touch $@

build/bench-%/.ready: requirements-bench-%.txt | .venv/bin/python
	@echo "setup: installing peers of the benchmarks ($<) into $(@D)"
	mkdir -p build
	[ -x $(@D)/bin/python ] || $(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r $<
	touch $@
