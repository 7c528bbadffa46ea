# What a clone needs is installed into .venv by the first target that needs it; `make` alone lists the targets.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SUITE := not slow and not network and not browser
NO_TESTS := 5

.DEFAULT_GOAL := help
.PHONY: help run test test-random test-browser chromium fuzz mutants lint bench reproduce screenshots serve docs clean

help:  ## list the targets
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "make %-14s%s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run  ## run the replication attack; the result goes to results/replication-attack
	@$(BIN)/potluck run replication-attack $(ARGS)

test: $(VENV)/.dev  ## run the test suite; ARGS="-k coalition" picks tests
	@$(BIN)/python -m pytest -n auto -m "$(SUITE)" $(ARGS)

test-random: $(VENV)/.dev  ## run the property tests with new random examples; ARGS="--hypothesis-seed=7" repeats a run
	@POTLUCK_HYPOTHESIS=random $(BIN)/python -m pytest -n auto -m "hypothesis and $(SUITE)" $(ARGS)

test-browser: chromium $(VENV)/.dev  ## run the tests in Chromium, which is installed from Debian if it is not there
	@$(BIN)/python -m pytest -m browser tests/test_browser.py $(ARGS)

chromium:  ## install Chromium from Debian, as root, if it is not there
	@command -v chromium > /dev/null || { test "$$(id -u)" = 0 && command -v apt-get > /dev/null \
		&& apt-get update -qq < /dev/null \
		&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium < /dev/null > /dev/null; } \
		|| { echo "the package chromium is needed: install it, as root with apt-get"; exit 1; }

fuzz: $(VENV)/.dev  ## try 20,000 bad inputs of a new seed; a failure names the seed
	@POTLUCK_FUZZ=20000 $(BIN)/python -m pytest -q tests/test_fuzz.py $(ARGS)

mutants: $(VENV)/.dev  ## plant faults in copies of the program: each must turn a test or verdict red; ARGS="sgd core" picks some
	@$(BIN)/python tests/mutants.py $(ARGS)

lint: $(VENV)/.dev  ## check style, format, types, and that rooms import only what is below them
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.dev  ## run every script in benchmarks
	@set -e; for script in benchmarks/[a-z]*.py; do echo "$$script"; $(BIN)/python "$$script"; done

reproduce: $(VENV)/.dev  ## run the slow tests, then every scenario of the papers, into a new folder below results/reproduction
	@$(BIN)/python -m pytest -n auto -m slow $(ARGS) || { \
		status=$$?; test $$status -eq $(NO_TESTS) || exit $$status; echo "no slow test was selected"; }
	@$(BIN)/potluck reproduce --out results/reproduction/$$(date +%Y-%m-%d-%H%M%S)

screenshots: chromium $(VENV)/.dev  ## take the pictures of the page that README and guides show
	@$(BIN)/python docs/screenshots.py

serve: $(VENV)/.dev  ## serve the browser app on this machine; ARGS="--port 8000" picks the port
	@$(BIN)/potluck serve $(ARGS)

docs: $(VENV)/.dev  ## build the documentation into docs/_build/html
	@$(BIN)/python docs/result_format.py
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "written to docs/_build/html/index.html"

clean:  ## remove .venv and everything built; results stay
	rm -rf .venv build dist docs/_build potluck.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name .git -prune -o -name results -prune -o -type d -name __pycache__ -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

# what a run needs
$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "installing potluck into $(VENV)"
	@$(PIP) -e .
	@$(typing)
	@touch $@

# what tests, checks, benchmarks, documentation and the browser need as well
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "installing potluck and what its tests need into $(VENV)"
	@$(PIP) -e '.[dev]'
	@$(typing)
	@touch $(VENV)/.run $@

# mypy finds the package, whose folder is the repository, under its name
typing = mkdir -p .venv/typing && ln -sfn ../.. .venv/typing/potluck
