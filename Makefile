# Everything a person or CI runs here. Needs make and Python 3.11 or newer; all else goes to .venv.
# Variables may follow the target: make run PORT=8001, make install PYTHON=python3.13

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help install run test torture isolation check snapshot lock explain bench image-test clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
UV_VERSION := 0.13.9
TEST_WORKERS ?= 2
ARGS ?=

# The user's own index stays in force. No cache, so that nothing is left outside the checkout.
PIP_ENV := PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PROGRESS_BAR=off \
  PIP_NO_CACHE_DIR="$${PIP_NO_CACHE_DIR-1}"

# What pip says, as one line per package ("[12/90] aiohttp") and its errors; the rest would show the
# addresses of a private index. On a terminal the lines overwrite each other.
define pip_progress
awk -v total="$$total" -v tty="$$tty" '\
  /^(Collecting|Processing|Requirement already satisfied:) / { \
    name = ($$1 == "Requirement") ? $$4 : $$2; \
    sub(/.*\//, "", name); sub(/([=<>;\[]|-[0-9]).*/, "", name); \
    line = sprintf("  [%d/%d] %s", ++n, total, name); \
    if (tty) printf "\r%-60s", line; else if (n % 15 == 0) print line; fflush() } \
  /^Installing collected packages/ { \
    if (tty) printf "\r%-60s\n", ""; print "  Installing what is new ..."; fflush() } \
  /^WARNING: Retrying/ { \
    if (tty) printf "\n"; print "  The package index does not answer; trying again ..."; fflush() } \
  /^(ERROR|    )/ { \
    if (tty && !failed++) printf "\n"; fflush(); \
    gsub(/[a-z+]+:\/\/[^ ]*/, "(address)"); print > "/dev/stderr" }'
endef

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## Set up .venv with every dependency, by hash; nothing else is touched

$(STAMP): pyproject.toml requirements/dev.txt
	@set -eu; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  python=; \
	  for candidate in $(PYTHON); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      python=$$candidate; break; \
	    fi; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "Python 3.11 or newer is needed and was not found (tried: $(PYTHON)): install it, or name it, as in 'make install PYTHON=/path/to/python3'." >&2; exit 1; \
	  fi; \
	  if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$("$$python" --version) ..."; \
	  "$$python" -m venv --clear $(VENV); \
	fi; \
	total=$$(grep -c '==' requirements/dev.txt); tty=; if [ -t 1 ]; then tty=1; fi; \
	echo "Installing $$total packages, each checked by its hash ..."; \
	rm -f $(STAMP) $(STAMP).pip; \
	{ $(PIP_ENV) PYTHONUNBUFFERED=1 $(BIN)/python -m pip install \
	    --require-hashes -r requirements/dev.txt 2>&1 && touch $(STAMP).pip; } | $(pip_progress); \
	if [ ! -e $(STAMP).pip ]; then echo "The installation failed; pip says why above." >&2; exit 1; fi; \
	$(PIP_ENV) $(BIN)/python -m pip install --quiet --no-deps \
	  --no-build-isolation -e .; \
	mv $(STAMP).pip $(STAMP); \
	echo "Set up."

run: install ## Start PostgreSQL, migrate, serve on 127.0.0.1:8000 (HOST, PORT, BRIDGE_DATA_DIR)
	@exec $(BIN)/python -m bridge dev

test: install ## Run every test on a PostgreSQL of its own (ARGS="-k wallet -x")
	@exec $(BIN)/python -m pytest -n $(TEST_WORKERS) $(ARGS)

torture: install ## Kill leaders 2,000 times while bots start and stop; 500 bots (ARGS="--kills 200")
	@exec $(BIN)/python -m tests.faults.torture $(ARGS)

isolation: install ## 1,000,000 random operations by 20 tenants (ARGS="--operations 100000")
	@exec $(BIN)/python -m tests.tenants.isolation $(ARGS)

check: install ## Lint, format, types, import directions, SQL, secrets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint sql
	$(BIN)/python -m tests.contract.lint_migrations
	$(BIN)/python -m tests.contract.scan_secrets

snapshot: install ## Write the generated files anew: sql/schema.sql and docs/openapi.json
	@$(BIN)/python -m tests.contract.schema_snapshot
	@$(BIN)/python -m bridge openapi --output docs/openapi.json

lock: install ## Resolve requirements/*.txt anew from pyproject.toml; versions move only if they must
	@set -eu; \
	tool=$(VENV)/lock; export UV_CACHE_DIR="$$tool/cache"; \
	if ! $$tool/bin/uv --version 2>/dev/null | grep -q ' $(UV_VERSION)'; then \
	  $(BIN)/python -m venv --clear $$tool; \
	  $(PIP_ENV) $$tool/bin/python -m pip install --quiet uv==$(UV_VERSION); \
	fi; \
	compile="$$tool/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras"; \
	compile="$$compile --no-emit-index-url --no-emit-find-links --no-header $(ARGS)"; \
	$$compile pyproject.toml --extra embedded --group dev -o requirements/dev.txt; \
	$$compile pyproject.toml -o requirements/runtime.txt; \
	$$compile bench/peers/requirements.in -o bench/peers/requirements.txt; \
	echo hatchling | $$compile - -c requirements/dev.txt -o requirements/build.txt

explain: install ## Show the plan of a statement: make explain Q=bots/find_by_id
	@$(BIN)/python -m bench.explain "$(Q)"

bench: install ## Measure all, or one: ARGS="poll", "streams", "--help" lists them (needs wrk)
	@exec $(BIN)/python -m bench $(ARGS)

image-test: install ## Build the container image and run it with a read-only root (as root, Debian)
	@exec $(BIN)/python -m bench.image

clean: ## Remove what install and the tools made; the data in .bridge stay
	rm -rf $(VENV) .ruff_cache .import_linter_cache .hypothesis dist .coverage .coverage.*
