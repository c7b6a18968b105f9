# Everything a newcomer types. `make demo` and `make test` need python3 (3.11 or newer) and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
SHARED := ../shared
PEERS := .venv-peers
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help demo run test shared evaluate matcher bench bench-peers lock clean

help: ## Show this list
	@grep -E '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z.-]+):[^#]*## /  make \1\t/' | expand -t 20

demo: .venv ## Run the main job on a small stream, with no network and no configuration
	@$(BIN)/monitor demo

run: .venv ## Run the service: polls config/ and delivers on schedule
	@$(BIN)/monitor run

test: $(VENV)/.dev ## Run every test that needs nothing but this folder
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/pytest -n auto --dist worksteal -m "not shared"

shared: $(VENV)/.dev ## Run the tests on real feeds and labelled sets in ../shared
	$(BIN)/pytest -m shared -rs

evaluate: .venv ## Measure the matcher on the labelled sets in ../shared
	$(BIN)/monitor evaluate $(SHARED)/bench/events $(SHARED)/bench/talks --baselines

matcher: $(VENV)/.dev ## Make the matcher's tables and weights anew, from open word lists and the sets in ../shared
	$(BIN)/python -m monitor.evaluation.background
	$(BIN)/python -m monitor.evaluation.places
	$(BIN)/python -m monitor.evaluation.hanja
	$(BIN)/python -m monitor.evaluation.fit $(SHARED)/bench/events $(SHARED)/bench/talks

bench: $(VENV)/.dev ## Measure speed and memory, into benchmarks/*.md, beside other readers that are installed (15 minutes)
	$(BIN)/python -m benchmarks.polling $(BENCH)
	$(BIN)/python -m benchmarks.judging
	$(BIN)/python -m benchmarks.service --feeds 500
	$(BIN)/python -m benchmarks.stories
	$(BIN)/python -m benchmarks.digests

bench-peers: $(VENV)/.dev ## Install other readers to measure beside: reader and rss2email, newsboat and sfeed where apt-get is
	test -x $(PEERS)/bin/python || $(BIN)/python -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check reader sgmllib3k rss2email httpx2
	@command -v newsboat sfeed_update >/dev/null || { command -v apt-get >/dev/null && apt-get install -y -q newsboat sfeed; } \
		|| echo "newsboat and sfeed could not be installed here: install them by hand, or they are told as absent"
	@$(BIN)/python -c 'from benchmarks import peers; print(peers.versions())'

lock: ## Renew the three locks (needs uv)
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--group build --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--group build --extra apprise --extra postgres -c requirements-dev.lock pyproject.toml -o requirements-extras.lock

clean: ## Remove what was built
	rm -rf $(VENV) $(PEERS) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage

# A lock file newer than its stamp is installed again; versions and hashes come from the lock, addresses from your own pip.
.venv: $(VENV)/.run
$(VENV)/.run: requirements.lock
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.run

ifdef UV
define install
	@test -x $(BIN)/python || uv venv -q --python $(PYTHON) $(VENV)
	uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $(1)
	uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
endef
else
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python3 is too old: 3.11 or newer is needed (make PYTHON=python3.12 …)")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
endef
endif
