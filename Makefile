# Doodle Bridge. `make help` lists the commands; each makes the environment it needs on its first run.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
DEMO   ?= build/demo
ARGS   ?=
PYTEST_ARGS ?= -n 2

demo_venv := .venv/demo
test_venv := .venv/test

# One stamp for each environment: older than pyproject.toml means install again.
demo_ready := $(demo_venv)/.ready
test_ready := $(test_venv)/.ready

.PHONY: help demo test lint train build clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(demo_ready)  ## a walking doodle: .blend, frames, GIF and contact sheet in build/demo
	@$(demo_venv)/bin/python -m examples.walk_demo --output "$(DEMO)" $(ARGS)

test: $(test_ready)  ## all tests, in real Blender (bpy) and with the real model
	$(test_venv)/bin/python -m pytest $(PYTEST_ARGS) $(ARGS)

lint: $(test_ready)  ## ruff and mypy
	$(test_venv)/bin/python -m ruff check .
	$(test_venv)/bin/python -m mypy

train: $(test_ready)  ## train the weights anew (see training/): make train ARGS=training/configs/mixer.toml
	$(test_venv)/bin/python -m training.train $(ARGS)

build: $(test_ready)  ## the extension zip for this platform: make build ARGS='--platform windows-x64 --python 3.13'
	$(test_venv)/bin/python build_addon.py --output dist $(ARGS)

clean:  ## remove environments and everything built
	rm -rf .venv build dist *.egg-info

define environment  # $(1) the folder, $(2) the extras
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v == (3, 11) or sys.exit("Doodle Bridge needs Python 3.11 (found %d.%d): make PYTHON=/path/to/python3.11" % v)'
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(2)]'
	@touch $(1)/.ready
endef

$(demo_ready): pyproject.toml
	$(call environment,$(demo_venv),blender)

$(test_ready): pyproject.toml
	$(call environment,$(test_venv),blender$(comma)train$(comma)dev)

comma := ,
