# make try     a Slack of your own in the browser: no account, no network
# make test    everything a change must pass but the linters (those are in .ci/run)
#
# Needs make and Python 3.11 or newer; the rest goes into .venv by itself.

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
JOBS   ?= 2
KILLS  ?= 400
LOOKS  ?= 10000
SEED   ?= 1

.PHONY: try test bench torture simulate docs format lock clean

try: $(READY)
	$(BIN)/emaildomain try

test: $(READY)
	@command -v chromium google-chrome >/dev/null || \
		echo "No chromium found: the browser tests are skipped ('make chromium' installs Debian's)."
	@PATH="$$PATH:/usr/sbin"; command -v knotd >/dev/null && command -v unbound >/dev/null || \
		echo "No knot and unbound found: the tests against real name servers are skipped ('make dns-servers' installs Debian's)."
	$(BIN)/pytest -n $(JOBS) $(ARGS)

bench: $(READY)
	$(BIN)/pytest -m bench $(ARGS)

torture: $(READY)
	$(BIN)/pytest -m torture -n $(JOBS) --maxschedchunk=1 --kills=$(KILLS) --looks=$(LOOKS) --seed=$(SEED) $(ARGS)

simulate: $(READY)
	PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation $(if $(SEEDS),$(SEEDS),$(SEED)) --workers $(JOBS) $(if $(LIAR),--liar "$(LIAR)")

docs: $(READY)
	$(BIN)/python -m bot.docs
	$(BIN)/python -m cogapp -r README.md docs/*.md
	$(BIN)/python -m tests.tryout.pictures

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The lock holds every version with the hashes of every file, for all Pythons and machines; no address of an index.
lock: $(READY)
	$(BIN)/python -m venv build/lock
	build/lock/bin/pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/pip-compile $(UPGRADE) --quiet --extra dev --allow-unsafe \
		--generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--output-file requirements.lock pyproject.toml

.PHONY: setup chromium dns-servers
setup: $(READY)

chromium:
	apt-get update && apt-get install --yes --no-install-recommends chromium fonts-noto-cjk

# The tests start servers of their own, at loopback addresses and a high port, whoever runs them.
dns-servers:
	apt-get update && apt-get install --yes --no-install-recommends knot unbound
	@echo "Debian starts what it installs. If you want them for the tests only: systemctl disable --now knot unbound"

clean:
	rm -rf $(VENV) build

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "emaildomain needs Python 3.11 or newer, with its venv module"; \
		echo "(Debian and Ubuntu: apt-get install python3-venv). Or name one: make PYTHON=/path/to/python3.12 test"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
