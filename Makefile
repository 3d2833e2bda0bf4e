# The real parts: a Secrets Manager, the Lambda runtime, nginx, curl and WSO2's own library calls, for the tests
# that are not content with stand-ins. Plain `cargo test` needs none of them.
REAL_PARTS := --features alb-mtls-adapter/real-parts,alb-mtls/real-parts,crl-fetcher/real-parts

# The function for the machine that the tests run on. Not in .aws-sam/, whose content is what `sam deploy` deploys.
HERE := target/sam/build
export BOOTSTRAP := $(abspath $(HERE)/Function/bootstrap)
ARCHITECTURE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

# With the cargo-lambda that it builds with: those of `make setup`, where they are there.
SAM := PATH="$(abspath target/real-parts/venv/bin):$$PATH" SAM_CLI_TELEMETRY=0 sam

# An architecture that is asked for.
ARCH :=

.PHONY: help test setup fmt lint build build-here sam-local fuzz
.NOTPARALLEL:

help:   ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

test: setup fmt lint build-here   ## all that CI checks: format, lints, every test with the real parts, and the function's speed
	cargo test --workspace --locked --no-fail-fast $(REAL_PARTS)
	benches/run.sh check

setup:  ## only the real parts, in target/real-parts/
	@tests/real-parts/setup.sh

fmt:    ## is everything formatted?
	cargo fmt --all --check

lint:   ## warnings are errors
	cargo clippy --workspace --all-targets --locked $(REAL_PARTS) -- -D warnings

# By samconfig.toml, or else for arm64. What is built is pinned to its architecture, so that CloudFormation refuses
# another one where `sam deploy` asks for it.
build:  ## what `sam deploy` deploys, in .aws-sam/; make build ARCH=x86_64
	$(SAM) build $(if $(ARCH),--parameter-overrides Architecture=$(ARCH))
	@.github/release/release.sh pin .aws-sam/build

build-here: setup   ## the function for this machine, in target/sam/, for all that runs it here
	$(SAM) build --build-dir $(HERE) --parameter-overrides Architecture=$(ARCHITECTURE)

# SAM_LOCAL_FLAGS=--skip-pull-image where Lambda's image is there and cannot be asked for again.
sam-local: build-here   ## every event through `sam local invoke`; wants Docker
	@docker version >/dev/null || { echo "sam-local: no Docker engine answers; start one, or set DOCKER_HOST" >&2; exit 1; }
	cargo test --locked --features sam-local --test sam

# What is fuzzed, and for how long each.
TARGET := header chain signed bundle list event
SECONDS := 60

fuzz:   ## inputs that nobody thought of; make fuzz TARGET=header SECONDS=600, or every target for a minute
	@fuzz/run.sh $(SECONDS) $(TARGET)

# Or quick, for a first look that changes no page.
MODE := full

.PHONY: bench bench-check bench-baseline
bench: build-here   ## what the function costs, beside others, written into docs/benchmarks.md; make bench MODE=quick
	benches/run.sh $(MODE)

bench-check: build-here   ## has the function become slower? instructions, against benches/baseline-*.json
	benches/run.sh check

bench-baseline: build-here   ## where it had to: write this machine's benches/baseline-*.json anew
	benches/run.sh baseline

# Tools of one version, that cargo builds once.
TOOLS := PATH="$(abspath target/tools/bin):$$PATH"

# The advisories are in a repository on GitHub; the rest can be checked without it.
DENY := advisories bans sources

.PHONY: deny
deny:   ## licences, banned crates, sources and known flaws; without GitHub: make deny DENY="bans sources"
	$(TOOLS) cargo install --locked --root target/tools cargo-deny@0.20.2
	$(TOOLS) cargo deny --locked --exclude-dev check licenses
	$(TOOLS) cargo deny --locked check $(DENY)
	$(TOOLS) cargo deny --locked --manifest-path crl-fetcher/Cargo.toml --config deny.toml --exclude-dev check licenses
	$(TOOLS) cargo deny --locked --manifest-path crl-fetcher/Cargo.toml --config deny.toml check $(DENY)
	$(TOOLS) cargo deny --locked --manifest-path fuzz/Cargo.toml --config deny.toml check $(DENY)

# For a trial of all but the build, a folder with those that are there: bootstrap/bootstrap and crl-fetcher/bootstrap.
BINARIES :=

.PHONY: release
release:   ## what a release has for ARCH=x86_64 or ARCH=arm64, in dist/
	@.github/release/release.sh pack $(or $(ARCH),$(ARCHITECTURE)) $(BINARIES)
