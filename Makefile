# The developer's tasks: `make` lists them.

CARGO      ?= cargo
# Only `make bench` compiles the measurements. That of the build step is a package of its own, and so is the comparison with
# other libraries, which has a lock file of its own for what only these need.
EVERYTHING := --workspace --exclude barqnet-db-benches --exclude barqnet-db-bench-codegen
# The program itself, which the target `postgres` builds: `cargo run` would set variables that the build script of ring reads, so
# that a cargo started by it compiles ring, and everything that depends on it, again.
THROWAWAY   = $(TARGET)/debug/barqnet-db-throwaway
TARGET      = $(shell $(CARGO) metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
# The suite's servers are in memory if it has enough space: on a disk, creating databases takes most of the time.
MEMORY     := $(shell [ "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 2000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)
# The versions that `make majors` tests, and those of `make compatibility`.
MAJORS     := 12 13 14 15 16 17 18
ENDS       := 12 18
# nextest runs the tests in parallel processes; without it, cargo's own runner does.
TEST_RUNNER := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo nextest run --no-fail-fast || echo test --no-fail-fast --tests --bins --lib)

PEERS      := $(CARGO) run -q --locked --release --manifest-path benches/peers/Cargo.toml --

.PHONY: help demo test lint suite doctest fresh slim package service bench citus fuzz ha majors compatibility deny postgres browser pooler patroni prometheus clocks

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: postgres ## one user's day on a throwaway PostgreSQL (or on a scratch database of DATABASE_URL's server)
	@$(CARGO) run -q --locked -p barqnet-db-cli -- demo

service: postgres ## the example service, on DATABASE_URL or on a throwaway PostgreSQL
	@$(CARGO) run -q --locked -p barqnet-db-service

# One value for all steps: another one would compile the crates with a build step again.
test: export BARQNET_CODEGEN = check
test: fresh lint doctest slim package suite compatibility ## everything to check before a commit

fresh: postgres ## check that the generated code and schema/ match migrations/ and queries/
	@# What the suite needs: other packages, or no tests, have other features, and so other dependencies to compile.
	BARQNET_CODEGEN=check $(CARGO) build --locked $(EVERYTHING) --bins --tests

lint: postgres ## formatting and clippy, warnings denied; lock files
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --exclude barqnet-db-bench-codegen --all-targets -- -D warnings
	@# They are no members of the workspace, so that a change of its dependencies leaves their lock files behind.
	@for folder in benches/peers fuzz; do \
	    $(CARGO) metadata --locked --format-version 1 --manifest-path $$folder/Cargo.toml >/dev/null || exit 1; \
	done

suite: postgres browser pooler prometheus clocks ## every test, on one throwaway server that they share
	$(CARGO) build --locked $(EVERYTHING) --bins --tests
	$(MEMORY) $(THROWAWAY) $(CARGO) $(TEST_RUNNER) --locked $(EVERYTHING) $(SELECTION)

doctest: postgres ## the examples in the documentation, and its links
	$(CARGO) test --locked $(EVERYTHING) --doc
	@# With the examples: without them, dependencies of tests have no say in features, and much is compiled again.
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked $(EVERYTHING) --no-deps --lib --examples --quiet

slim: ## a service builds without PostgreSQL, generator, command and TLS
	BARQNET_PG_BIN=/nonexistent $(CARGO) check --locked -p barqnet-db --no-default-features
	@if $(CARGO) tree --locked -p barqnet-db --no-default-features -e normal,build --prefix none \
	    | grep -E '^(cornucopia|barqnet-db-codegen|barqnet-db-throwaway|clap|comfy-table|indicatif) '; \
	then echo "the library depends on what only the build step and the command may use" >&2; exit 1; fi
	@# The suite always has TLS.
	$(CARGO) test --locked -p barqnet-db-client --lib

package: postgres ## the published crates compile on their own, and a service on them
	@CARGO=$(CARGO) scripts/check-packages
	@CARGO=$(CARGO) scripts/check-service

bench: BENCH ?= validate replicas heartbeats storm user-statistics nearest function-settings codes bulk overload codegen peers
bench: postgres ## the measurements, or one (BENCH=peers); ratios in one run. BENCH=costs: what an operation costs the server; simulation: ten times the planned load; citus: a cluster beside one server; peers-build: how long a service on each takes to build
	$(eval OURS := $(filter-out citus codegen start-up peers peers-build,$(BENCH)))
	$(if $(OURS),$(THROWAWAY) $(CARGO) run -q --locked --release -p barqnet-db-benches -- $(OURS))
	$(if $(filter citus,$(BENCH)),$(CARGO) run -q --locked --release -p barqnet-db-benches -- citus)
	$(if $(filter codegen,$(BENCH)),$(MEMORY) $(CARGO) run -q --locked --release -p barqnet-db-bench-codegen)
	$(if $(filter start-up,$(BENCH)),$(MEMORY) $(PEERS) start-up)
	$(if $(filter peers,$(BENCH)),$(MEMORY) $(PEERS) --write)
	$(if $(filter peers-build,$(BENCH)),benches/peers/build-times)

fuzz: ## the parsers and the build step's readers under libFuzzer, 20 s each (needs cargo-fuzz)
	@for target in phone_number otp_code otp_keys token sql_tokens query_file migration_file; do \
	    $(CARGO) fuzz run --sanitizer none $$target -- -max_total_time=20 -verbosity=0 || exit 1; \
	done

# `make test` compiles these tests only: they take minutes, and Patroni.
ha: postgres pooler patroni ## what users see when a node of examples/high-availability is killed, frozen or demoted: 5 minutes
	$(CARGO) test --locked -p barqnet-db --test high_availability --no-run
	$(MEMORY) timeout 600 $(CARGO) test -q --locked -p barqnet-db --test high_availability -- --ignored --nocapture --test-threads 1

majors: ## the suite on PostgreSQL 12 to 18, installed by npm, without what a server's version can't change
	@$(call on_majors,$(MAJORS),other-major)

compatibility: ## what a server's version can change, on the oldest and newest PostgreSQL only: a part of `majors`
	@$(call on_majors,$(ENDS),compatibility)

# The suite on some versions of PostgreSQL, with a profile of .config/nextest.toml. The build step needs version 14.
define on_majors
for major in $(1); do \
    echo "== PostgreSQL $$major"; \
    if [ $$major -lt 14 ]; then selection="-E 'not package(barqnet-db-codegen)'"; else selection=; fi; \
    NEXTEST_PROFILE=$(2) BARQNET_PG_BIN=$$(scripts/postgres-major $$major) \
        $(MAKE) --no-print-directory suite SELECTION="$$selection" || exit 1; \
done
endef

# What needs a cluster: BARQNET_TEST_CITUS has the URLs of its nodes, coordinator first. The tests that kill nodes run alone.
CITUS_TESTS := test(/^(distribution|connections|maintenance|plans|devices|servers|usage|users)::/)
citus: ## the tests of connections and usage, and of `distribute`, on the Citus cluster of BARQNET_TEST_CITUS
	@[ -n "$(BARQNET_TEST_CITUS)" ] || { echo "BARQNET_TEST_CITUS names no cluster: see docs/distribution.md" >&2; exit 1; }
	$(CARGO) nextest run --no-fail-fast --locked -p barqnet-db --profile citus --run-ignored all -E '$(CITUS_TESTS) - test(/^distribution::(interrupted|killed)::/)'
	$(CARGO) nextest run --locked -p barqnet-db --run-ignored all -j 1 -E 'test(/^distribution::(interrupted|killed)::/)'
	$(CARGO) nextest run --locked -p barqnet-db-cli --run-ignored only -E 'test(/^distribute::/)'

deny: ## licences, bans and advisories of the dependencies (needs cargo-deny)
	$(CARGO) deny check

# Installs Debian's packages if PostgreSQL or its extension plpgsql_check is missing and the user has the permission; otherwise
# one line says what to install. Without the extension everything builds, and the functions are not checked.
postgres:
	@$(CARGO) build -q --locked -p barqnet-db-throwaway
	@$(THROWAWAY) --find >/dev/null 2>&1 || scripts/install-package postgresql
	@$(THROWAWAY) --find >/dev/null
	@scripts/install-plpgsql-check

# A test looks at the page of `barqnet-db-codegen report` in Chromium, and at its print with pdftotext. Nothing else needs these.
browser:
	@command -v chromium >/dev/null || scripts/install-package chromium
	@command -v pdftotext >/dev/null || scripts/install-package poppler-utils

# The tests of poolers start pgbouncer.
pooler:
	@PATH="$$PATH:/usr/sbin" command -v pgbouncer >/dev/null || scripts/install-package pgbouncer

# examples/high-availability runs both.
patroni:
	@command -v patroni >/dev/null || scripts/install-package patroni
	@command -v etcd >/dev/null || scripts/install-package etcd-server

# A test scrapes the example service with Prometheus, and runs the alert rules of examples/observability.
prometheus:
	@command -v prometheus >/dev/null || scripts/install-package prometheus

# Some tests shift the clock of a server.
clocks:
	@ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || scripts/install-package libfaketime
