# Two commands do everything: `make demo` and `make test`. Both set themselves up first.
SHELL = /bin/sh
PYTEST = .venv/bin/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup lock demo test chaos corners cronie check fix messages picture docs clean start celery-all celery-worker celery-beat celery-status celery-purge

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

setup: ## install what is missing into .venv (the others do it by themselves)
	@sh make/setup.sh

lock: setup ## pin the versions that .venv holds now
	@sh make/lock.sh

demo: setup ## the whole migration on this machine, in a few minutes
	@exec .venv/bin/migrator demo $(ARGS)

test: setup ## run the tests, or some of them: make test ARGS="-k crontab"
	@exec $(PYTEST) $(ARGS)

test chaos: export MIGRATOR_TEST_APT = 1

chaos: setup ## break everything at random and count doubles: MINUTES=10, SEED=7 to play one again
	@exec $(PYTEST) tests/chaos -s -o faulthandler_timeout=0 $(ARGS)

chaos: export MIGRATOR_CHAOS_MINUTES = $(or $(MINUTES),10)
chaos: export MIGRATOR_CHAOS_SEED = $(SEED)

corners: setup ## the tests on the oldest and newest versions: ARGS=lowest for one of them
	@exec .venv/bin/python make/corners.py $(ARGS)

cronie: ## build cronie from Debian 13's source: then the tests ask it, too
	@sh make/cronie.sh

check: setup ## lint, types, imports and drift of the generated code
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/migrator generate --check
	.venv/bin/python make/messages.py --check

fix: setup ## mend what ruff can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

messages: setup ## gather the texts for translation, and compile what is translated
	@exec .venv/bin/python make/messages.py

picture: setup ## take docs/images/report.png anew
	@exec .venv/bin/python make/picture.py

docs: setup ## run the examples of the documentation
	@exec $(PYTEST) tests/contract/test_docs.py $(ARGS)

clean: ## remove caches and build output; with ALL=1 .venv too
	@sh make/clean.sh $(if $(ALL),all)

start: ## web, worker and beat together; PORT=8000 for the web
	@exec sh make/services.sh start

celery-all: ## worker and beat together
	@exec sh make/services.sh celery-all

celery-worker: ## the worker alone
	@exec sh make/services.sh celery-worker

celery-beat: ## the scheduler alone
	@exec sh make/services.sh celery-beat

celery-status: ## which workers answer, and what they run
	@exec sh make/services.sh celery-status

celery-purge: ## drop all waiting messages; FORCE=1 does not ask
	@exec sh make/services.sh celery-purge
