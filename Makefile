# Everything a newcomer needs: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
export DO_NOT_TRACK = 1
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export GX_ANALYTICS_ENABLED = false

.DEFAULT_GOAL := help
.PHONY: help setup run test check lock score train bench clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## virtual environment with everything that is locked

$(STAMP): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "Python 3.11 to 3.13 is needed: make PYTHON=python3.11 " + "setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-bootstrap.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: setup ## the main job on the sample reports, from inbox to decisions and Parquet; RUN_ARGS=--system-package may install chromium
	@$(BIN)/feedback-removal rehearse --fetch-browser $(RUN_ARGS)

test: setup ## every test
	@$(BIN)/pytest $(PYTEST_ARGS)

check: setup ## lint, types, direction of imports, generated documents are current
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/feedback-removal docs --check
	@$(BIN)/python training/train_second_opinion.py --check

lock: ## resolve again and write the lock files
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv; }
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
		--custom-compile-command 'make lock' --group dev -o requirements.lock pyproject.toml
	@echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 \
		--custom-compile-command 'make lock' -c requirements.lock -o requirements-bootstrap.lock -

score: setup ## how well the rules judge the labelled comments that were kept out of tuning
	@$(BIN)/python training/score_rules.py --part kept

train: setup ## the second opinion's weights anew, after a lexicon, a ground or a labelled comment was changed
	@$(BIN)/python training/train_second_opinion.py

bench: setup ## figures: ratios against a named floor
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

clean: ## remove the virtual environment and caches, never data
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
