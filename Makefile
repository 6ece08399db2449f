# Every command of the project; `make` alone lists them. Needs Python 3.11, 3.12 or 3.13.

PYTHON =
WORKERS = 2
LOCK_OPTIONS =

VENV = .venv
RUN = $(VENV)/bin/python
BENCH =
BENCH_VENV = .venv-bench
PEERS = 'pygambit>=16.7,<17' 'quantecon>=0.11'
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --no-input

# Both stamps are written last, so an interrupted setup is done again. LOCKED holds the path of the
# checkout and the Python asked for: an environment does not survive being copied or moved, and
# `make test PYTHON=python3.12` must not run on another Python.
LOCKED = $(VENV)/.locked
READY = $(VENV)/.ready
USABLE := $(shell test -x $(RUN) && test -f $(LOCKED) && \
    { read -r checkout && read -r python; } <$(LOCKED) && test "$$checkout" = '$(CURDIR)' && \
    { test -z '$(PYTHON)' || test "$$python" = '$(PYTHON)'; } && echo yes)
ifneq ($(USABLE),yes)
$(LOCKED): always
endif

.DELETE_ON_ERROR:
.DEFAULT_GOAL = help
.PHONY: always help setup paper test test-slow lint bench bench-peers lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make the environment .venv from requirements.lock
	@echo "$(VENV) is ready"

paper: $(READY) ## solve the models, write the figures and tables of the paper to out/
	@$(RUN) figures/make_paper.py --out out

test: $(READY) ## run the tests, all but the slow ones
	@$(RUN) -m pytest -m "not slow" -n $(WORKERS)

test-slow: $(READY) ## run the slow tests
	@$(RUN) -m pytest -m slow -n $(WORKERS) || { status=$$?; test $$status -eq 5 || exit $$status; \
	    echo "no test is marked slow: none was run"; }

lint: $(READY) ## check style and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy --strict negotiation figures

bench: $(READY) ## time the solvers beside the peers; BENCH="two_player --sizes 2,3" for a part
	@if test -x $(BENCH_VENV)/bin/python; then python=$(BENCH_VENV)/bin/python; \
	    else python=$(RUN); fi; $$python -m benchmarks $(BENCH)

bench-peers: $(READY) ## make .venv-bench with all peers; building pygambit takes ten minutes
	@tools/make-venv $(RUN) $(BENCH_VENV) && \
	    $(BENCH_VENV)/bin/python $(PIP_INSTALL) --no-deps --requirement requirements.lock && \
	    $(BENCH_VENV)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@for peer in $(PEERS); do echo "installing $$peer"; \
	    $(BENCH_VENV)/bin/python $(PIP_INSTALL) "$$peer" || echo "$$peer is left out"; done

lock: ## write requirements.lock anew; LOCK_OPTIONS=--upgrade takes the newest versions
	@tools/lock "$(PYTHON)" $(LOCK_OPTIONS)

clean: ## remove all that was made: .venv, out/, caches
	rm -rf $(VENV) $(BENCH_VENV) out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(LOCKED): requirements.lock
	@python=$$(tools/find-python "$(PYTHON)") && \
	    echo "setting up $(VENV) with $$python, a minute or two" && \
	    tools/make-venv "$$python" $(VENV) && \
	    $(RUN) $(PIP_INSTALL) --no-deps --requirement requirements.lock && \
	    { pwd -P; echo "$(or $(PYTHON),$$python)"; } >$@

$(READY): $(LOCKED) pyproject.toml
	@$(RUN) $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
