# make run: the server. make test: the whole suite. Both need Python 3.11 or newer, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint requirements clean

run: $(VENV)/.run
	$(BIN)/python manage.py serve $(ARGS)

# A test that fails is run once more. Those that needed it are named at the end: they depend on time, which is a defect.
RERUN := --reruns 1 -r fER

# In the second part posters and storyboards are waited for: it is nice to all, lest they, who yield most, wait for it.
test: $(VENV)/.test
	$(BIN)/python -m tests.system_packages
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not lengthy and not browser" --cov --cov-report=term $(RERUN) $(ARGS)
	nice -n 19 $(BIN)/python -m pytest -n 2 --dist loadfile -m "lengthy or browser" $(RERUN) $(ARGS) || [ $$? -eq 5 ]  # 5: the arguments name none of them

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --deploy --fail-level WARNING

COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

requirements: $(VENV)/.test
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --output-file requirements-dev.txt --extra dev

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	-PYTHONNODEBUGRANGES=1 $(BIN)/python -OO -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1  # as the web processes load it
	touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
