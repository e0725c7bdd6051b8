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
compared   := $(target)/compared
floor      := benches/overhead/floor
postgres   := examples/user-service
sqlite     := target/sqlite/user-service

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

.PHONY: test
test: lint-files lint-manifests test-tool deny test-template ## Everything: what CI runs

.PHONY: test-tool
test-tool: ## Format, clippy, documentation and tests of firstlight itself
	cargo fmt --check
	cargo fmt --check --manifest-path $(floor)/Cargo.toml
	cargo clippy --locked --manifest-path $(floor)/Cargo.toml --target-dir $(target)/floor -- -D warnings
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
	cargo test --locked

# PostgreSQL is there for the tests of those that use it. VERIFY takes further arguments, such as
# "--only grpc=true" or "--fresh".
.PHONY: test-template
test-template: ## Format, clippy, tests and documentation of a service of every combination of options
	XDG_CACHE_HOME=$(target)/cache scripts/with-postgres cargo run --locked --quiet -- \
	  verify --template template --all --target-dir $(target)/service $(VERIFY)

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
	PATH=$(prometheus):$$PATH CARGO_TARGET_DIR=$(target)/service $(linters)/bin/python scripts/prove-dashboards $(sqlite)

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

.PHONY: bench-build
bench-build: ## Measure what the default project costs to build and to start
	cargo build --locked --release
	scripts/bench-build $(target)/release/firstlight

# On a disk the file system decides who is fast: ext4 makes files slowly for seconds after others were
# removed.
memory := $(wildcard /dev/shm)

.PHONY: bench-new
bench-new: $(compared)/installed ## Compare firstlight with other generators, and see how the size of a template counts
	cargo build --locked --release
	cargo build --locked --profile fat --example cargo-generate --example floor
	install -t $(compared)/bin $(target)/release/firstlight $(target)/fat/examples/cargo-generate \
	  $(target)/fat/examples/floor
	TMPDIR=$(memory) $(compared)/bin/python benches/compare/generators.py \
	  $(compared)/bin/firstlight $(compared)/bin/cargo-generate $(compared)/bin/floor template
	TMPDIR=$(memory) cargo bench --locked --bench render

.PHONY: compare-updaters
compare-updaters: $(compared)/installed ## Compare how firstlight, copier and cruft follow a template
	cargo build --locked --release
	$(compared)/bin/python benches/compare/updaters.py \
	  $(target)/release/firstlight $(postgres) 2>$(compared)/said.log

$(compared)/installed: benches/compare/requirements.txt
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
