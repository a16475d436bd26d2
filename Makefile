# Everything starts here: `make test` and `make demo` work in a fresh clone on a machine with Python 3.11 (or newer) and pip.
# The environment is .venv; it is made once and again only when pyproject.toml changes.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The first of these that runs and is new enough. Override: make PYTHON=/path/to/python3.12 test
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
# Processes for the tests.
JOBS ?= 2

.PHONY: help install test test-again test-everywhere matrix matrix-more compat coverage lint format types imports docs demo clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## make .venv with everything that development needs

$(STAMP): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "holdall needs Python 3.11 or newer, and none was found on the PATH (tried python3.11, python3, python3.12 to 3.14)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
		exit 1; \
	fi
	@if [ ! -x $(BIN)/python ]; then \
		echo "making $(VENV) with $$($(PYTHON) --version)"; \
		$(PYTHON) -m venv $(VENV) || { \
			echo "Could not make $(VENV). On Debian and Ubuntu the package python3-venv is needed." >&2; rm -rf $(VENV); exit 1; }; \
	fi
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" # the first pip that reads dependency groups
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	@touch $@

test: install ## run the tests
	$(BIN)/python -m pytest -n $(JOBS)

test-again: install ## run what failed last, one test at a time: tests that race processes mind a busy machine
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -p no:randomly

test-everywhere: install ## the tests of S3, and every fault, on every server with both engines; takes long
	$(BIN)/tox run -e everywhere

coverage: install ## the tests, and which lines they reach; takes twice as long
	$(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=term

matrix: install ## measure moto, Swift and rclone; what is not as recorded in compat-matrix/results is an error
	$(BIN)/python -m pytest -n $(JOBS) tests/compat/check_baseline.py

# What can't be had is told with the reason, and its tests are skipped with the same words. MinIO is built: ten minutes and more.
matrix-more: install ## the same of Ceph RGW and MinIO, where these can be had; builds them first
	-for store in ceph-rgw minio; do timeout 1800 $(BIN)/python -m s3tester.stores install $$store; done
	HOLDALL_TEST_S3=ceph-rgw,minio $(BIN)/python -m pytest tests/compat/check_baseline.py

compat: install ## the same on all real servers that can be had here; builds some of them, and takes long
	$(BIN)/tox run -e compat

lint: install ## style: ruff's rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install ## rewrite the files in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install ## mypy, strict
	$(BIN)/mypy

imports: install ## the direction of imports
	$(BIN)/lint-imports --no-cache

docs: install ## build the documentation into site/; a dead link is an error
	$(BIN)/mkdocs build --strict

demo: install ## the main job on real data, on three kinds of store
	$(BIN)/python docs/demo.py

clean: ## remove the environment, caches and build results
	rm -rf $(VENV) .tox build dist site htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
