# `make` alone lists what can be done. Everything happens inside this checkout: .venv holds the
# environment, and nothing outside is written but pip's own cache.
#
# Needs Python 3.11 or later and make. Another Python: make setup PYTHON=python3.13
# Without make (Windows): docs/how-to/windows.md

PYTHON ?= python3
KILLS ?= 25
MARKS ?= 1000000

# One shell line per recipe line, each stopping at the first failure.
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

# Console scripts hold absolute paths: an environment that was copied along with its checkout would
# quietly run the other place's code. So the stamp names the place, and a stranger is made again.
STAMP := .venv/.made-in
MADE_IN := $(shell $(BIN)/python -c '' 2>/dev/null && cat $(STAMP) 2>/dev/null)
ifneq ($(MADE_IN),$(CURDIR))
.PHONY: $(STAMP)
endif

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(STAMP) ## make .venv from the lock; does nothing when nothing changed

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or later is needed; '$(PYTHON)' is not that. Name another: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	    echo "'$(PYTHON)' has no venv or ensurepip; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Setting up .venv (a minute or two the first time)"
	@test "$(MADE_IN)" = "$(CURDIR)" || rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@printf '%s\n' "$(CURDIR)" > $(STAMP)
	@echo "Ready: $(BIN)/attendance-ledger --help"

.PHONY: run
run: setup ## start the service on its own database, with a demonstration school
	@exec $(BIN)/attendance-ledger demo --serve

.PHONY: test
test: setup ## run the tests
	@$(BIN)/python -m pytest -q --numprocesses auto --dist loadfile

.PHONY: lint
lint: setup ## ruff, mypy and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: check
check: lint ## lint, then the rules of the house: sizes, SQL, links, settings, records
	@$(BIN)/python -m pytest -q tests/house

.PHONY: fix
fix: setup ## put right what ruff can put right by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: drill
drill: setup ## kill the database and the service in mid-append, KILLS=n times, and count what was lost
	@$(BIN)/python -m tests.drills --kills $(KILLS)

.PHONY: bench
bench: setup ## measure appends, reads and the export on this machine, in some minutes
	@$(BIN)/python -m tests.bench.every --short

.PHONY: bench-full
bench-full: setup ## measure everything at full size, in hours; WORK=directory keeps the stores
	@$(BIN)/python -m tests.bench.every $(if $(WORK),--work "$(WORK)")

.PHONY: country
country: setup ## ask whole-country questions of MARKS=n generated marks, by DuckDB and by Dask
	@$(BIN)/python -m tests.country --marks $(MARKS)

.PHONY: office
office: setup ## open our CSV and XLSX in LibreOffice (needs soffice) and look for the same cells
	@$(BIN)/python -m tests.office

.PHONY: lock
lock: setup ## make requirements.lock again from pyproject.toml, keeping versions that still fit
	@$(PYTHON) -m venv .venv/lock
	@.venv/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	@UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/lock/bin/uv pip compile --quiet --universal \
	    --python-version 3.11 --generate-hashes --extra dev --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## remove the environment and everything that tools left behind (never a data directory)
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    .import_linter_cache .coverage htmlcov
	@find ledger projections api tests -name __pycache__ -type d -prune -exec rm -rf {} +
