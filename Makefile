# `make book`, `make test` and `make check` need Python 3.11 or newer and make, the tests
# git as well; they bring the rest, each target no more than it needs.

PYTHON ?= python3
# The redirection has make ask a shell, which alone knows `command` (before make 4.3).
UV := $(or $(shell command -v uv 2>/dev/null),.venv/bin/uv)
RUN := .venv/bin
WORKFLOWS := $(wildcard .github/workflows/*.yml)
# Found without git, so that all works in an unpacked package, too.
NOTEBOOKS = $(shell find $(wildcard assignments) benchmarks book packages -name '*.ipynb' -not -path '*/.*')

export UV_PYTHON_DOWNLOADS = never
export UV_PROJECT_ENVIRONMENT = .venv
# The tests start some hundred interpreters, and some systems forbid them to keep bytecode.
export UV_COMPILE_BYTECODE = 1
# Jupyter Book would not even start, for a library that it imports has a warning.
unexport PYTHONWARNINGS

# The book's only date is that of its commit.
EPOCH := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null))
ifneq ($(EPOCH),)
export SOURCE_DATE_EPOCH := $(EPOCH)
endif

BUILD := $(RUN)/jupyter-book build . --warningiserror --nitpick --keep-going

ALONE := tests/test_installed_alone.py tests/assignments/test_archives.py \
  $(addprefix tests/assignments/test_, built_site.py masters.py masters_elsewhere.py) \
  $(addprefix tests/book/test_, downloads.py epub.py for_machines.py pdf.py reviewers_guide.py) \
  $(addprefix tests/book/test_, staleness.py valid_html.py) tests/book_site/test_published.py \
  $(addprefix packages/assignment-grading/tests/test_, example.py grading.py) \
  $(addprefix packages/papermill-pages/tests/test_, first_use.py foreign_notebooks.py sweeps.py)
FAULTS := $(addprefix packages/papermill-pages/tests/test_, disturbed_builds.py scale.py)
HOSTILE := packages/assignment-grading/tests/test_hostile.py

.DEFAULT_GOAL := help
.PHONY: help book pdf epub links reproduce test browser faults environment alone conformance science canary sphinx audit licences check report accept correct assignments grade regrade archive lint serve announced notebooks package descriptions bench durations requirements clean

help: ## list what make can do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

book: .venv/book ## execute what is stale and build the book into _build/html
	$(BUILD)

pdf: .venv/pdf ## execute what is stale and typeset the book as _build/rfe-labour.pdf
	$(BUILD) --builder custom --custom-builder typst
	cp _build/typst/book.pdf _build/rfe-labour.pdf

epub: .venv/book ## execute what is stale and make the book _build/rfe-labour.epub
	$(BUILD) --builder custom --custom-builder epub
	cp _build/epub/rfe-labour.epub _build/rfe-labour.epub

links: .venv/book ## ask each address elsewhere that the book names whether it is there
	$(BUILD) --builder linkcheck

reproduce: .venv/test ## build twice, in another place and time zone, and compare each file
	$(RUN)/python -m tests.reproduce

# Tests often wait, for a kernel or a time limit: four workers keep two cores busy.
test: .venv/test lint ## run all checks and tests
	$(RUN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder \
	  --ignore tests/test_environment.py $(addprefix --ignore ,tests/browser $(ALONE) $(FAULTS))

browser: .venv/test ## read the built book in a browser, at a desk and on a phone
	$(RUN)/pytest --numprocesses 2 --dist loadfile tests/browser

faults: .venv/test ## disturb builds, and put each hostile submission into a class of twelve
	EVERY_HOSTILE_CLASS=1 $(RUN)/pytest $(FAULTS) $(HOSTILE)

environment: .venv/test ## build the book in a clean environment and compare the bytes
	$(RUN)/pytest tests/test_environment.py

alone: .venv/test ## try packages, archives, grading, sweeps, PDF, EPUB, HTML at length
	$(RUN)/pytest $(ALONE)

conformance: .venv/test ## run the suites of nbclient, papermill and Jupyter with forked kernels
	$(RUN)/python -m tests.conformance

science: .venv/test ## compare what packages of science show in ordinary and forked kernels
	$(RUN)/python -m tests.conformance_science

canary: .venv/test ## run the tests with the newest versions that our bounds leave out
	$(RUN)/python -m tests.canary

sphinx: .venv/book ## build the book by the newest Sphinx, without Jupyter Book
	$(RUN)/python -m tests.plain_sphinx

audit: .venv/test ## ask whether a locked version is known to be unsafe or was withdrawn
	$(RUN)/python -m tests.audit

licences: .venv/test ## list the licence of each installed package in _build/reports
	$(RUN)/python -m tests.licences _build/reports/licences.csv

check: .venv/book ## execute every page again and say which published number moved
	$(RUN)/python -m papermill_pages check

report: .venv/book ## the same, as one page for an editor: _build/report.html
	$(RUN)/python -m papermill_pages report $(if $(BOOK_URL),--site "$(BOOK_URL)")

accept: .venv/book ## record what the pages now state as the expected results
	$(RUN)/python -m papermill_pages accept

correct: .venv/book ## lead through a meant change of a figure in data/, after you edited it
	$(RUN)/python -m book_site.correction

# Masters that must not be public can lie elsewhere: make assignments MASTERS=folder
MASTERS ?= assignments
ARCHIVED = --requirements _build/archive/requirements.txt --wheel _build/archive/*.whl

assignments: archive ## write what is handed out and the keys: make assignments ROSTER=roster.csv
	$(RUN)/assignment-grading assign "$(MASTERS)"/*.ipynb $(if $(ROSTER),--roster "$(ROSTER)") \
	  $(if $(OUTPUT),--output "$(OUTPUT)") $(ARCHIVED)

grade: .venv/teaching ## grade a folder into grades/: make grade SUBMISSIONS=folder
	@test -n "$(SUBMISSIONS)" || { echo "Name the folder: make grade SUBMISSIONS=folder"; exit 2; }
	$(RUN)/assignment-grading grade "$(SUBMISSIONS)" $(if $(OUTPUT),--sets "$(OUTPUT)") $(OPTIONS)

regrade: archive ## the same after a test was mended: make regrade ASSIGNMENT=name SUBMISSIONS=folder
	@test -n "$(ASSIGNMENT)" || { echo "Name the assignment: make regrade ASSIGNMENT=trends"; exit 2; }
	$(RUN)/assignment-grading regrade "$(MASTERS)/$(ASSIGNMENT).ipynb" \
	  $(if $(SUBMISSIONS),"$(SUBMISSIONS)") $(if $(OUTPUT),--sets "$(OUTPUT)") $(ARCHIVED) $(OPTIONS)

# The wheels are those of what the hidden tests import. They have one date for ever, so that
# a student who joins after a commit gets an archive of the same bytes.
archive: .venv/teaching
	rm -rf _build/archive
	for package in rfe-labour data-package-guard; do \
	  SOURCE_DATE_EPOCH=1577836800 $(UV) build --quiet --wheel --no-create-gitignore \
	    --package $$package --out-dir _build/archive || exit; done
	$(UV) export --frozen --no-default-groups --group teaching --prune papermill-pages --prune typst \
	  --no-emit-workspace --no-hashes --no-annotate --no-header --quiet \
	  --output-file _build/archive/requirements.txt

lint: .venv/test ## check the style, the types, the workflows and that notebooks carry no outputs
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/nbqa mypy book
	$(RUN)/nbstripout --keep-id --verify $(NOTEBOOKS)
	$(RUN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(RUN)/check-jsonschema --quiet --builtin-schema custom.github-workflows-require-timeout $(WORKFLOWS)
	$(RUN)/actionlint -shellcheck $(RUN)/shellcheck $(WORKFLOWS)
	$(RUN)/zizmor --offline --quiet $(WORKFLOWS)

# Only this machine can see it.
PORT ?= 8000

serve: announced book ## build the book and show it on http://localhost:8000, or make serve PORT=8001
	@echo "http://localhost:$(PORT) (Ctrl-C ends it)"
	@$(RUN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

# Before the build, so that nobody waits for it in vain.
announced: .venv/book
	@$(RUN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || \
	  { echo "The port $(PORT) is taken or not to be had; name another one: make serve PORT=8001"; exit 1; }
	@echo "First the book is built: half a minute, or minutes if its pages are to be executed."
	@echo "Then http://localhost:$(PORT) shows it, and this is said here."

notebooks: .venv/test ## strip outputs from the source notebooks
	$(RUN)/nbstripout --keep-id $(NOTEBOOKS)

package: .venv/book ## write the reproduction package, _build/*.zip
	$(RUN)/python -m papermill_pages package

descriptions: .venv/book ## write codemeta.json, .zenodo.json and codecheck.yml anew
	$(RUN)/python -m papermill_pages describe

bench: .venv/test ## time the engine and its peers side by side, in an hour
	$(RUN)/python -m benchmarks

durations: .venv/book ## execute every page again and record how long each takes
	$(RUN)/python -m papermill_pages durations expected/durations.json

requirements: .venv/book ## write requirements.txt, which conda and Binder use, from uv.lock
	$(UV) export --frozen --no-group setup --no-hashes --no-header --quiet --output-file requirements.txt

clean: ## delete all that a build wrote
	rm -rf _build .pytask pytask.lock pytask.lock.journal

UNINSTALLED = printf '%s\n' "Not all packages could be installed, for the reason above." \
  "Behind a proxy: HTTPS_PROXY names it; SSL_CERT_FILE and PIP_CERT name its own" \
  "certificate, a .pem file, or UV_SYSTEM_CERTS=1 trusts those of the system." \
  "Without a home that can be written to: UV_CACHE_DIR names a folder for what is fetched." \
  "Then call make again: what was fetched is kept."; exit 1

# What the book needs is installed exactly. The other groups of packages are added to it.
.venv/book: pyproject.toml $(wildcard packages/*/pyproject.toml) uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is no Python from 3.11 on; name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@command -v uv >/dev/null || test -x .venv/bin/uv || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null || test -x .venv/bin/uv || \
	  $(RUN)/python -m pip install --quiet --disable-pip-version-check uv || { $(UNINSTALLED); }
	@echo "Installing what builds the book into .venv: 0.7 GB, fetched once, then compiled"
	@$(UV) sync --frozen --python $(PYTHON) || { $(UNINSTALLED); }
	@touch $@

.venv/pdf .venv/teaching .venv/test: .venv/%: .venv/book
	@echo "Adding the packages of the group '$*'"
	@$(UV) sync --frozen --inexact --group $* || { $(UNINSTALLED); }
	@touch $@
