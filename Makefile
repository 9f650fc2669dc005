# Doodle Bridge. `make help` lists the commands; each makes the environment it needs on its first run.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
DEMO   ?= build/demo
ARGS   ?=
PYTEST_ARGS ?= -n 2

PYTHON313 ?= $(shell command -v python3.13)
# A Blender program to try the zips in, too, and a folder with packages for its Python where it has one of its own.
BLENDER ?=
MODULES ?=

demo_venv := .venv/demo
test_venv := .venv/test
blender50_venv := .venv/blender50
blender52_venv := .venv/blender52

# One stamp for each environment: older than pyproject.toml means install again.
demo_ready := $(demo_venv)/.ready
test_ready := $(test_venv)/.ready
blender50_ready := $(blender50_venv)/.ready
blender52_ready := $(blender52_venv)/.ready

.PHONY: help demo test test-all test-hard test-5.0 test-5.2 test-versions test-installed coverage mutants lint bench train build clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(demo_ready)  ## a walking doodle: .blend, frames, GIF and contact sheet in build/demo
	@$(demo_venv)/bin/python -m examples.walk_demo --output "$(DEMO)" $(ARGS)

test: $(test_ready)  ## all tests, in real Blender (bpy) and with the real model
	$(test_venv)/bin/python -m pytest $(PYTEST_ARGS) $(ARGS)

# Every column runs, also after one that failed.
test-all: $(test_ready) $(blender50_ready) $(blender52_ready)  ## the same in every supported Blender, and the zips installed
	$(MAKE) --keep-going --no-print-directory test test-5.0 test-5.2 test-versions test-installed

# And every property once more, with twenty times as many examples.
test-hard: $(test_ready)  ## what takes too long for every day: tests/hard
	$(test_venv)/bin/python -m pytest $(PYTEST_ARGS) tests/hard $(ARGS)
	$(test_venv)/bin/python -m pytest $(PYTEST_ARGS) --hypothesis-profile=hard -m hypothesis $(ARGS)

test-5.0: $(blender50_ready)
	$(blender50_venv)/bin/python -m pytest $(PYTEST_ARGS) $(ARGS)

test-5.2: $(blender52_ready)
	$(blender52_venv)/bin/python -m pytest $(PYTEST_ARGS) $(ARGS)

test-versions: $(test_ready) $(blender50_ready) $(blender52_ready)
	$(test_venv)/bin/python -m tests.blender.versions make build/versions
	$(blender50_venv)/bin/python -m tests.blender.versions compare build/versions
	$(blender52_venv)/bin/python -m tests.blender.versions compare build/versions

test-installed: $(test_ready) $(blender50_ready) $(blender52_ready)
	rm -rf build/zips
	$(test_venv)/bin/python build_addon.py --python 3.11 --output build/zips
	$(test_venv)/bin/python build_addon.py --python 3.13 --output build/zips
	$(test_venv)/bin/python build_addon.py --any --output build/zips
	$(test_venv)/bin/python -m tests.blender.installed build/zips/*-py311.zip build/zips/*-any.zip
	$(blender50_venv)/bin/python -m tests.blender.installed build/zips/*-py311.zip
	$(blender52_venv)/bin/python -m tests.blender.installed build/zips/*-py313.zip build/zips/*-any.zip
ifneq ($(BLENDER),)
	$(test_venv)/bin/python -m tests.blender.installed build/zips/*-any.zip --blender "$(BLENDER)" $(if $(MODULES),--modules "$(MODULES)")
endif

# Of the library, and without Blender: the add-on's tests would count lines that they only happen to come by.
coverage: $(test_ready)  ## lines of doodle_core that no test runs; fails under 95 %
	rm -rf build/coverage && mkdir -p build/coverage
	$(test_venv)/bin/python -m coverage run -m pytest $(PYTEST_ARGS) tests/core tests/house tests/training $(ARGS)
	$(test_venv)/bin/python -m coverage combine --quiet
	$(test_venv)/bin/python -m coverage report --fail-under=95

mutants: $(test_ready)  ## faults put into the mathematics of the library; fails where tests notice under 90 %
	rm -rf mutants
	$(test_venv)/bin/python -m mutmut run
	$(test_venv)/bin/python -m tests.mutants

lint: $(test_ready)  ## ruff and mypy
	$(test_venv)/bin/python -m ruff check .
	$(test_venv)/bin/python -m mypy

bench: $(test_ready)  ## measure how fast it is here, into docs/performance.md: make bench ARGS='--only decode'
	$(test_venv)/bin/python -m benchmarks --output docs/performance.md $(ARGS)

train: $(test_ready)  ## train the weights anew (see training/): make train ARGS=training/configs/mixer.toml
	$(test_venv)/bin/python -m training.train $(ARGS)

build: $(test_ready)  ## the extension zip for this platform: make build ARGS='--platform windows-x64 --python 3.13'
	$(test_venv)/bin/python build_addon.py --output dist $(ARGS)

clean:  ## remove environments and everything built
	rm -rf .venv build dist mutants *.egg-info

define environment  # $(1) the folder, $(2) the extras, $(3) the Python, $(4) the variable that names it, $(5) its minor version
	@"$(3)" -c "" 2>/dev/null || { echo "this needs Python 3.$(5): make $(4)=/path/to/python3.$(5)" >&2; exit 1; }
	@$(3) -c 'import sys; v = sys.version_info[:2]; v == (3, $(5)) or sys.exit("this needs Python 3.$(5) (found %d.%d): make $(4)=/path/to/python3.$(5)" % v)'
	$(3) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(2)]'
	@touch $(1)/.ready
endef

$(demo_ready): pyproject.toml
	$(call environment,$(demo_venv),blender,$(PYTHON),PYTHON,11)

$(test_ready): pyproject.toml
	$(call environment,$(test_venv),blender$(comma)train$(comma)dev,$(PYTHON),PYTHON,11)

$(blender50_ready): pyproject.toml
	$(call environment,$(blender50_venv),blender50$(comma)test,$(PYTHON),PYTHON,11)

$(blender52_ready): pyproject.toml
	$(call environment,$(blender52_venv),blender52$(comma)test,$(PYTHON313),PYTHON313,13)

comma := ,
