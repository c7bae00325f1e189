# Bare `make` lists the targets. Each one installs what it needs first.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PYTEST := $(BIN)/pytest
OBJECTIVE ?=
export OBJECTIVE

.PHONY: help setup demo dev fmt check quick test proof bench clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 10

setup: ## install everything into .venv, and nothing more
	@scripts/setup.sh

demo: ## one sentence becomes a working script, on screen; OBJECTIVE="…" with a model of your own
	@scripts/demo.sh

dev: setup ## serve the API on 127.0.0.1:8000
	@$(BIN)/archon serve

fmt: setup ## put all code in the one format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

check: setup ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

quick: setup ## unit and contract tests, under a minute
	$(PYTEST) -n 2 -m "not slow" tests/unit tests/contract

test: setup ## every test, at most 15 minutes
	@scripts/setup.sh tests
	$(PYTEST) -n 2

proof: setup ## the slow tests at full length
	@scripts/setup.sh tests
	ARCHON_PROOF=1 $(PYTEST) -n 2 --timeout 3600 -m slow

bench: setup ## cost per turn, memory and size beside a bare loop
	$(BIN)/python -m bench

clean: ## remove what the other targets made; your output and data stay
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
