# Everything runs in a virtual environment that is made here; PYTHON chooses the interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The folder `make demo` writes.
DEMO ?= demo
# What `make test` runs: all of tests/, or the files named here.
TESTS ?=
# Which of them: all but the slow ones, which .ci/run adds; MARKS= is all. They run in the order of their names,
# which ends with the short ones of video/: no worker waits long for the last file of another.
MARKS ?= not slow

.PHONY: demo test lint install clean

demo: install
	$(BIN)/cyclegan-tf demo $(DEMO)

test: $(VENV)/.test
	$(BIN)/python -m compileall -q cyclegan_tf video # the processes that tests start would each compile them
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m '$(MARKS)' --durations 25 $(TESTS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/.installed

$(VENV)/.venv-$(notdir $(PYTHON)):
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), "Python 3.11 to 3.13 is needed, this is " + sys.version'
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/.installed: $(VENV)/.venv-$(notdir $(PYTHON)) pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf .venv* demo build dist
