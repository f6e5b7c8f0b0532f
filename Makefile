# Blaenoriaeth: everything a developer or an operator types.
PYTHON ?= python3
BIN := .venv/bin
ROOMS := portal config.py wsgi.py scripts benchmarks
.DEFAULT_GOAL := help
.PHONY: help setup run test check style types imports words locks lint bandit lock messages load bench bench-estimators simulate race stuff bench-signin bench-turnaround bench-pairing bench-extracts tamper bench-chain snooping fuzz scan semgrep drill mail-drill drill-nodes drill-away clocks bench-backup drill-restore drill-upgrade

help:  ## say what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

setup:  ## install what the portal needs into .venv and node_modules, build assets and translations
	@$(PYTHON) scripts/setup.py

run: setup  ## serve the portal with fictional demo data on its own PostgreSQL at http://localhost:8000
	@$(BIN)/python scripts/serve.py

test:  ## install what the tests need, run every check, then every test, browser ones included
	@$(PYTHON) scripts/setup.py --tests
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest -n 2 --dist worksteal --durations 40 --durations-min 5

CHECKS := types style imports words locks lint bandit semgrep
check:  ## ruff, mypy, imports, translations, locks, migrations, bandit, two at a time
	@$(MAKE) --no-print-directory -j 2 $(CHECKS)

types:
	@$(BIN)/mypy

style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

imports:
	@$(BIN)/lint-imports

words:
	@$(BIN)/python scripts/catalogue.py check

locks:
	@$(BIN)/python scripts/check_locks.py

lint:
	@$(BIN)/python scripts/lint_migrations.py

bandit:
	@$(BIN)/bandit -q -ll -r $(ROOMS) -c pyproject.toml

semgrep: .venv-scan/ready  ## the rules of this house: first on faults planted for them, then on the portal
	@.venv-scan/bin/python scripts/house_rules.py

messages:  ## bring the Welsh catalogue up to date with the code
	@$(BIN)/python scripts/catalogue.py update

bench:  ## measure speed with 10,000 and 1,000,000 demo referrals (takes a while)
	@$(BIN)/python benchmarks/pages.py

load: .venv-load/ready  ## a hundred users for half an hour on 1,000,000 referrals: times, faults, memory
	@$(BIN)/python benchmarks/load.py

bench-estimators:  ## time the figures of 200 agencies beside lifelines, and hold their medians to exact fractions
	@$(BIN)/python benchmarks/estimators.py $(if $(PORTAL_HOME),--home $(PORTAL_HOME))

simulate:  ## show what the figures make of agencies whose truth is known, and how often their limits hold it
	@$(BIN)/python benchmarks/simulation.py

bench-extracts:  ## time two extracts of 20,000 rows from file to register
	@$(BIN)/python benchmarks/extracts.py

bench-turnaround:  ## measure the turnaround page with 50,000 and 1,000,000 referrals (takes a while)
	@$(BIN)/python benchmarks/turnaround.py

bench-pairing:  ## pair fictional people whose truth is known: precision, recall, questions, and speed against 200,000
	@$(BIN)/python benchmarks/pairing.py

bench-signin:  ## hold the times of a user and of a stranger to within 10 ms of each other
	@$(BIN)/python benchmarks/signing_in.py

stuff:  ## try a thousand stolen pairs of address and password, from one place and from many (takes minutes)
	@PORTAL_PAIRS=1000 $(BIN)/pytest tests/accounts/test_limits.py -k stolen -n 0

snooping:  ## let snoops read among ordinary staff: how many are flagged in a day, and how many flags are false (minutes)
	@$(BIN)/python benchmarks/snooping.py

race:  ## let 50 workers accept the same referral at once, 200 times (takes minutes)
	@PORTAL_RACES=200 $(BIN)/pytest tests/referrals/test_racing.py

tamper:  ## alter, delete, swap and cut rows of a signed access log, 1,000 times: verify must find each (a minute or two)
	@PORTAL_TAMPERINGS=1000 $(BIN)/pytest tests/trace/test_verify.py -n 0 -s -k signed_log_is_found

bench-chain:  ## time the chaining and the verifying of an access log of 1,000,000 entries
	@$(BIN)/python benchmarks/chain.py

bench-backup:  ## time a backup and its restore with 2,000 and 1,000,000 demo referrals (takes a while)
	@$(BIN)/python benchmarks/backup.py

drill-restore:  ## lose a database under traffic and restore it to the last second from a base backup and WAL (minutes)
	@$(BIN)/python -m scripts.recovery.point_in_time

drill-upgrade:  ## migrate while the release before serves visitors: errors, and the longest wait (a minute or two)
	@$(BIN)/python -m scripts.recovery.upgrade

.venv-%/ready: requirements/%.txt
	@echo "set-up: installing $*.txt into .venv-$* (half a minute, the first time)"
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

drill:  ## kill web, worker and database 60 times among 2,000 referrals and count what is left (DRILL="--kills 9 --seed 4")
	@$(BIN)/python -m scripts.drill $(DRILL)

mail-drill:  ## kill, double, stop and cut off real workers while they send (500 emails, 30 seconds without a database)
	@PORTAL_MAILS=500 PORTAL_AWAY=30 $(BIN)/pytest tests/test_worker_killed.py -n 0 -s

scan: .venv-attack/ready  ## attack a demo portal with sqlmap and wapiti, first a planted fault (PORTAL_SCAN_MINUTES=n)
	@$(BIN)/python scripts/scan.py

fuzz:  ## post 20,000 forms filled at random (PORTAL_FUZZ=n, PORTAL_FUZZ_SEED=n): none may fail
	@PORTAL_FUZZ=$${PORTAL_FUZZ:-20000} $(BIN)/pytest tests/test_hostile_fuzz.py -n 2 -rP --show-capture=stdout

drill-nodes:  ## two web nodes, two workers, primary and standby behind nginx: each fails in turn under traffic (minutes; root)
	@$(BIN)/python -m scripts.nodes.drill

drill-away:  ## stop, kill, freeze and fill the database beneath a portal that runs, ten times each (minutes)
	@PORTAL_TIMES=10 $(BIN)/pytest tests/faults -n 0 -s

clocks:  ## hold time to 10,000 cases and rows that are counted by other means (minutes)
	@PORTAL_CASES=10000 $(BIN)/pytest tests/clocks/test_ten_thousand.py -n 0 -s

lock:  ## resolve requirements/*.in anew, with hashes
	@$(BIN)/python -m pip install --quiet uv
	@for name in app dev scan attack load; do \
	  UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header requirements/$$name.in -o requirements/$$name.txt; done
