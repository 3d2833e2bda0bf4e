# The real parts: a Secrets Manager, the Lambda runtime, nginx, curl and WSO2's own library calls, for the tests
# that are not content with stand-ins. Plain `cargo test` needs none of them.
REAL_PARTS := --features alb-mtls-adapter/real-parts,alb-mtls/real-parts

# The function as SAM builds it, for this machine: the tests run it, and what `sam deploy` ships stays as it is.
export BOOTSTRAP := $(abspath target/sam/Function/bootstrap)
ARCHITECTURE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

# What `sam deploy` is told, in samconfig.toml or by the template.
DEPLOYED := $(or $(shell sed -n '/^ *\#/d; s/.*Architecture=[^a-z]*\(arm64\|x86_64\).*/\1/p' samconfig.toml | tail -n 1),$\
    $(shell sed -n '/^  Architecture:/,/Default:/s/^ *Default: //p' template.yaml))
# arm64 or x86_64, for `make build` and `make release`.
ARCH :=

# With the cargo-lambda that it builds with.
SAM := PATH="$(abspath target/real-parts/venv/bin):$$PATH" SAM_CLI_TELEMETRY=0 sam

.PHONY: help test setup fmt lint function build sam-local fuzz
.NOTPARALLEL:

help:   ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

test: setup fmt lint function   ## all that CI checks: format, lints, every test with the real parts, and the function's speed
	cargo test --workspace --locked --no-fail-fast $(REAL_PARTS)
	benches/run.sh check

setup:  ## only the real parts, in target/real-parts/
	@tests/real-parts/setup.sh

fmt:    ## is everything formatted?
	cargo fmt --all --check

lint:   ## warnings are errors
	cargo clippy --workspace --all-targets --locked $(REAL_PARTS) -- -D warnings

function: setup   ## the function for this machine, in target/sam/: for the tests, `sam local` and measuring
	$(SAM) build --build-dir target/sam --parameter-overrides Architecture=$(ARCHITECTURE)

# An ELF header names its machine in bytes 18 and 19.
build: setup   ## what `sam deploy` ships, in .aws-sam/build/, for the architecture that it says; or make build ARCH=x86_64
	@test -z "$(ARCH)" -o "$(ARCH)" = "$(DEPLOYED)" || { echo "build: \`sam deploy\` deploys for $(DEPLOYED), not for $(ARCH); \
	    say Architecture=$(ARCH) in samconfig.toml, under [default.deploy.parameters] parameter_overrides" >&2; exit 1; }
	$(SAM) build --parameter-overrides Architecture=$(DEPLOYED)
	@od -An -tx2 -j18 -N2 .aws-sam/build/Function/bootstrap | grep -q $(if $(filter arm64,$(DEPLOYED)),00b7,003e) || \
	    { echo "build: .aws-sam/build/Function/bootstrap is no program for $(DEPLOYED)" >&2; exit 1; }

# SAM_LOCAL_FLAGS=--skip-pull-image where Lambda's image is there and cannot be asked for again.
sam-local: function   ## every event through `sam local invoke`; wants Docker
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
bench: function   ## what the function costs, beside others, written into docs/benchmarks.md; make bench MODE=quick
	benches/run.sh $(MODE)

bench-check: function   ## has the function become slower? instructions, against benches/baseline-*.json
	benches/run.sh check

bench-baseline: function   ## where it had to: write this machine's benches/baseline-*.json anew
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
	$(TOOLS) cargo deny --locked --manifest-path fuzz/Cargo.toml --config deny.toml check $(DENY)

# For a trial of all but the build, the path of a binary.
BINARY :=

.PHONY: release
release:   ## what a release has for ARCH=x86_64 or ARCH=arm64, or for this machine, in dist/
	@.github/release/release.sh pack $(or $(ARCH),$(ARCHITECTURE)) $(BINARY)
