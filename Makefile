# The real parts: a Secrets Manager, the Lambda runtime, nginx, curl and WSO2's own library calls, for the tests
# that are not content with stand-ins. Plain `cargo test` needs none of them.
REAL_PARTS := --features alb-mtls-adapter/real-parts,alb-mtls/real-parts

# The function as it is deployed, for the tests that run it under the Lambda runtime emulator.
export BOOTSTRAP := $(abspath $(or $(CARGO_TARGET_DIR),target))/release/bootstrap

.PHONY: help test setup fmt lint fuzz
.NOTPARALLEL:

help:   ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

test: setup fmt lint   ## all that CI checks: format, lints, every test with the real parts
	cargo build --release --locked --bin bootstrap
	cargo test --workspace --locked --no-fail-fast $(REAL_PARTS)

setup:  ## only the real parts, in target/real-parts/
	@tests/real-parts/setup.sh

fmt:    ## is everything formatted?
	cargo fmt --all --check

lint:   ## warnings are errors
	cargo clippy --workspace --all-targets --locked $(REAL_PARTS) -- -D warnings

# What is fuzzed, and for how long each.
TARGET := header chain signed bundle list event
SECONDS := 60

fuzz:   ## inputs that nobody thought of; make fuzz TARGET=header SECONDS=600, or every target for a minute
	@fuzz/run.sh $(SECONDS) $(TARGET)
