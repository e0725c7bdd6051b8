# What a change has to pass, and the chores around it. `make` lists the targets.
#
# A Rust toolchain, a C compiler and make are enough to start: PostgreSQL and the linters are
# installed where they are missing, or the command that installs them is named.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

target     := $(CURDIR)/target
linters    := $(target)/linters
prometheus := $(target)/prometheus
rotel      := $(target)/rotel
floor      := benches/overhead/floor
postgres   := examples/user-service
sqlite     := target/sqlite/user-service

# Both variants of the service build in one folder, so that what they share is compiled once.
service := CARGO_TARGET_DIR=$(target)/service

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

.PHONY: test
test: lint-files lint-manifests test-tool deny test-postgres test-sqlite test-options ## Everything: what CI runs

.PHONY: test-tool
test-tool: ## Format, clippy, documentation and tests of firstlight itself
	cargo fmt --check
	cargo fmt --check --manifest-path $(floor)/Cargo.toml
	cargo metadata --locked --format-version 1 --manifest-path $(floor)/Cargo.toml >/dev/null
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
	cargo test --locked

# Checks the service in the folder $(1), its tests behind the prefix $(2).
define check-service
	cd $(1) && cargo fmt --check
	cd $(1) && $(service) cargo clippy --locked --all-targets -- -D warnings
	cd $(1) && $(service) RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
	cd $(1) && $(service) $(2) cargo test --locked
endef

.PHONY: test-postgres
test-postgres: ## The same for examples/user-service, on a PostgreSQL of its own
	$(call check-service,$(postgres),$(CURDIR)/scripts/with-postgres)

.PHONY: test-sqlite
test-sqlite: $(sqlite) ## The same for a service with SQLite, rendered anew
	$(call check-service,$(sqlite),)

# The other combinations of options, each as database-grpc-worker.
combinations := $(foreach database,sqlite postgres,$(addprefix $(database)-,true-false false-true false-false))
option        = $(word $(1),$(subst -, ,$(2)))

.PHONY: test-options
test-options: $(combinations:%=test-%) ## Format, clippy and tests of every other combination of options

.PHONY: $(combinations:%=test-%)
$(combinations:%=test-%): test-%:
	rm -rf target/options/$*
	mkdir -p target/options/$*
	cargo run --locked --quiet -- new target/options/$*/user-service --yes --vcs none \
	  --database=$(call option,1,$*) --grpc=$(call option,2,$*) --worker=$(call option,3,$*)
	cd target/options/$*/user-service && cargo fmt --check
	cd target/options/$*/user-service && $(service) cargo clippy --locked --all-targets -- -D warnings
	cd target/options/$*/user-service && $(service) \
	  $(if $(filter postgres-%,$*),$(CURDIR)/scripts/with-postgres) cargo test --locked

.PHONY: $(sqlite)
$(sqlite):
	rm -rf $@
	mkdir -p $(@D)
	cargo run --locked --quiet -- new $@ --database sqlite --yes --vcs none

.PHONY: lint-files
lint-files: $(linters)/installed $(sqlite) lint-rules ## Lint what is not Rust: scripts, workflows, Dockerfiles, TOML, spelling
	$(linters)/bin/shellcheck .ci/run $(filter-out scripts/check-dashboards,\
	  $(wildcard scripts/bench-* scripts/check-* scripts/install-* scripts/with-*)) \
	  $(addsuffix /deploy/load/load.sh,$(postgres) $(sqlite)) \
	  $(addsuffix /deploy/prometheus/resources.sh,$(postgres) $(sqlite))
	$(linters)/bin/hadolint $(addsuffix /Dockerfile,$(postgres) $(sqlite))
	$(linters)/bin/zizmor --offline --quiet .github $(addsuffix /.github,$(postgres) $(sqlite))
	$(linters)/bin/check-jsonschema --builtin-schema vendor.github-workflows \
	  $(addsuffix .github/workflows/ci.yml,./ $(postgres)/ $(sqlite)/) \
	  .github/workflows/verify-template.yml
	$(linters)/bin/check-jsonschema --builtin-schema vendor.dependabot \
	  $(addsuffix .github/dependabot.yml,./ $(postgres)/ $(sqlite)/)
	$(linters)/bin/check-jsonschema --builtin-schema vendor.compose-spec \
	  $(addsuffix /deploy/compose.yaml,$(postgres) $(sqlite))
	$(linters)/bin/yamllint --strict .github $(postgres) $(sqlite)
	$(linters)/bin/taplo fmt --check
	$(linters)/bin/typos

.PHONY: lint-rules
lint-rules: $(linters)/installed $(prometheus)/installed $(sqlite) ## Check dashboards, and check and try Prometheus' rules
	for project in $(postgres) $(sqlite); do \
	  $(prometheus)/promtool check config $$project/deploy/prometheus/prometheus.yaml; \
	  $(prometheus)/promtool test rules $$project/deploy/prometheus/tests/*.yaml; \
	  $(linters)/bin/python scripts/check-dashboards $$project/deploy/grafana/dashboards/*.json; \
	done

.PHONY: lint-manifests
lint-manifests: $(linters)/installed ## Build and check the Kubernetes manifests of every combination of options
	scripts/check-manifests $(linters)/bin cargo run --locked --quiet --

.PHONY: prove-dashboards
prove-dashboards: $(linters)/installed $(prometheus)/installed $(sqlite) ## Run a service, Prometheus and load, and see that panels have data and alerts fire
	PATH=$(prometheus):$$PATH $(service) $(linters)/bin/python scripts/prove-dashboards $(sqlite)

.PHONY: deny
deny: $(linters)/installed $(sqlite) ## Licences, bans and sources of all dependencies
	for project in . $(postgres) $(sqlite); do \
	  $(linters)/bin/cargo-deny --manifest-path $$project/Cargo.toml --locked check bans licenses sources; \
	done

$(linters)/installed: scripts/install-linters scripts/install-kustomize scripts/linters.txt
	scripts/install-linters $(linters)
	scripts/install-kustomize $(linters)/bin
	touch $@

$(prometheus)/installed: scripts/install-prometheus
	scripts/install-prometheus $(prometheus)
	touch $@

.PHONY: examples
examples: ## Render examples/user-service anew
	BLESS=1 cargo test --quiet --test template example

.PHONY: lock
lock: ## Resolve and weave the template's Cargo.lock anew
	BLESS=1 cargo test --quiet --test template lock

.PHONY: bench-verify
bench-verify: ## Compare `firstlight verify --all` with a target directory for each project
	cargo build --locked --release
	scripts/with-postgres scripts/bench-verify $(target)/release/firstlight --all

.PHONY: bench-overhead
bench-overhead: $(rotel)/rotel-agent ## Measure what telemetry costs a request; BENCH=--help lists options
	command -v wrk >/dev/null || scripts/install-debian wrk
	command -v h2load >/dev/null || scripts/install-debian nghttp2-client
	scripts/with-postgres cargo bench --locked --profile dev --bench overhead -- \
	  --collector $(rotel)/rotel-agent $(BENCH)

$(rotel)/rotel-agent: scripts/install-rotel
	scripts/install-rotel $(rotel)

.PHONY: compare-updaters
compare-updaters: $(target)/updaters/installed ## Compare how firstlight, copier and cruft follow a template
	cargo build --locked --release
	$(target)/updaters/bin/python benches/updaters/compare.py \
	  $(target)/release/firstlight $(postgres) 2>$(target)/updaters/said.log

$(target)/updaters/installed: benches/updaters/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.PHONY: fmt
fmt: $(linters)/installed ## Format Rust and TOML
	cargo fmt
	$(linters)/bin/taplo fmt

.PHONY: clean
clean: ## Remove what was built
	cargo clean
