# `make demo` and `make test` need nothing but Node and npm: they set the rest up themselves.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export TURBO_TELEMETRY_DISABLED := 1

.PHONY: help setup demo test vectors bench soak properties rehearse build venue-sim-package typecheck lint format up down clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: ## dependencies, build, NATS server; quick when nothing is to do
	@tools/setup.sh

demo: setup ## the whole platform on a simulated venue (TAPE= SUMMARY= KEEP=1 SEED= SPEED=)
	@./kwm demo $(if $(TAPE),--tape '$(TAPE)') $(if $(SUMMARY),--summary '$(SUMMARY)') \
	  $(if $(KEEP),--keep) $(if $(SEED),--seed '$(SEED)') $(if $(SPEED),--speed '$(SPEED)')

test: ## every check and every test; the last line is "N passed, N failed"
	@tools/setup.sh --test $(if $(CI),--with-browser) || { echo '0 passed, 1 failed'; exit 1; }
	@node tools/test/run.mjs

vectors: setup ## the reference vectors (KWM_VECTORS_DIR= for others), and which have no loop yet
	@node tools/vectors/list.mjs --run

bench: setup ## throughput on this machine against a peer in the same run (JSON=file)
	@KWM_BENCH_JSON='$(abspath $(JSON))' vitest run --config tools/bench/vitest.config.ts

soak: setup ## the feed under faults, against a real broker (MINUTES=10)
	@KWM_SOAK_MINUTES='$(or $(MINUTES),10)' vitest run --config services/kalshi-ws/test/soak/vitest.config.ts

properties: setup ## every property-based test with other cases than those of make test (SEEDS=10 FROM=1)
	@for seed in $$(seq $(or $(FROM),1) $$(($(or $(FROM),1) + $(or $(SEEDS),10) - 1))); do \
	  echo "KWM_SEED=$$seed"; KWM_SEED=$$seed vitest run --silent --reporter=dot \
	  $$(grep -rlE --include=*.test.ts 'fast-check|KWM_SEED' packages services tools) || exit 1; done

rehearse: setup ## the demo again and again, another synthetic day each time (RUNS=10)
	@for seed in $$(seq 1 $(or $(RUNS),10)); do ./kwm demo --port 0 --seed $$seed --json || exit 1; done

build: ## compile what changed
	@turbo run build --output-logs=errors-only --no-update-notifier

venue-sim-package: build ## the simulated exchange as an npm package of one file, for npx
	@node infra/npm/pack-venue-sim.mjs

typecheck: ## compile everything and check the types of the tests
	@tsc --build && tsc --project tsconfig.test.json

lint: ## oxlint with types, and the formatting
	@oxlint --type-aware && oxfmt --check

format: ## format in place
	@oxfmt

up: ## the platform in containers, on the simulated venue: http://127.0.0.1:8080
	@docker compose up --build --detach --wait && docker compose ps

down: ## stop the containers (VOLUMES=1 drops their data too)
	@docker compose down $(if $(VOLUMES),--volumes)

clean: ## remove what was built; node_modules and .kwm stay
	@rm -rf packages/*/dist services/*/dist packages/*/.turbo services/*/.turbo .turbo coverage
