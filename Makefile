# `make book`, `make test` and `make check` need Python 3.11 or newer, git and make; they bring the rest.

PYTHON ?= python3
UV := $(or $(shell command -v uv),.venv/bin/uv)
RUN := .venv/bin

export UV_PYTHON_DOWNLOADS = never
export UV_PROJECT_ENVIRONMENT = .venv

.DEFAULT_GOAL := help
.PHONY: help book test environment check accept assignments grade lint serve notebooks requirements clean

help: ## list what make can do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

book: .venv/ready ## execute what is stale and build the book into _build/html
	$(RUN)/jupyter-book build . --warningiserror --nitpick --keep-going

test: .venv/ready lint ## run all checks and tests
	$(RUN)/pytest --numprocesses 2 --dist loadfile --ignore tests/test_environment.py

environment: .venv/ready ## build the book in a clean environment and compare the bytes
	$(RUN)/pytest tests/test_environment.py

check: .venv/ready ## execute every page again and say which published number moved
	$(RUN)/python -m papermill_pages check

accept: .venv/ready ## record what the pages now state as the expected results
	$(RUN)/python -m papermill_pages accept

assignments: .venv/ready ## write what is handed out and the keys: make assignments ROSTER=roster.csv
	mkdir -p _build/assignments
	$(UV) build --quiet --wheel --no-create-gitignore --out-dir _build/archive
	$(UV) export --frozen --no-default-groups --group teaching --no-emit-project --no-hashes \
	  --no-annotate --no-header --quiet --output-file _build/archive/requirements.txt
	$(RUN)/python -m assignment_grading assign assignments/*.ipynb $(if $(ROSTER),--roster "$(ROSTER)") \
	  --requirements _build/archive/requirements.txt --wheel _build/archive/*.whl

grade: .venv/ready ## grade a folder into grades/: make grade SUBMISSIONS=folder
	@test -n "$(SUBMISSIONS)" || { echo "Name the folder: make grade SUBMISSIONS=folder"; exit 2; }
	$(RUN)/python -m assignment_grading grade "$(SUBMISSIONS)"

lint: .venv/ready ## check the style, the types and that notebooks carry no outputs
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/nbqa mypy book
	$(RUN)/nbstripout --keep-id --verify $$(git ls-files '*.ipynb')

serve: book ## build the book and show it on http://localhost:8000
	$(RUN)/python -m http.server --directory _build/html 8000

notebooks: .venv/ready ## strip outputs from the source notebooks
	$(RUN)/nbstripout --keep-id $$(git ls-files '*.ipynb')

requirements: .venv/ready ## write requirements.txt, which conda and Binder use, from uv.lock
	$(UV) export --frozen --no-default-groups --no-hashes --no-header --quiet --output-file requirements.txt

clean: ## delete all that a build wrote
	rm -rf _build .pytask pytask.lock pytask.lock.journal

.venv/ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than 3.11; name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@command -v uv >/dev/null || test -x .venv/bin/uv || \
	  { $(PYTHON) -m venv .venv && $(RUN)/python -m pip install --quiet uv; }
	$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@
