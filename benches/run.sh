#!/usr/bin/env bash
#
# benches/run.sh quick|full|instructions|check|baseline|concurrency|growth: builds what is measured, and measures it. BOOTSTRAP is
# the function as `make build-here` has left it, and what is not Rust comes from `make setup`: `make bench` and
# `make bench-check` see to both.
#
# benches/run.sh profile [known|never-seen|intermediate-unknown|stranger|start]: where the instructions are, by crate and by function.

set -euo pipefail
cd "$(dirname "$0")/.."

main() {
    case ${1-} in
        full) peers; parts; cargo run --release --locked --quiet -p whole -- "$1" ;;
        quick | instructions) peers; cargo run --release --locked --quiet -p whole -- "$1" ;;
        concurrency | growth) cargo run --release --locked --quiet -p whole -- "$1" ;;
        profile) symbols; cargo run --locked --quiet -p whole -- "$@" ;;
        # What is counted is the function, which is built already: this program need not be fast.
        check | baseline) cargo run --locked --quiet -p whole -- "$1" ;;
        *) echo "usage: benches/run.sh quick|full|instructions|check|baseline|concurrency|growth|profile [KIND]" >&2; exit 2 ;;
    esac
}

# What the function is measured against, built as it is: by the same cargo-lambda, with the same profile.
peers() {
    benches/peers/setup.sh
    local peer
    for peer in floor ordinary; do
        CARGO_TARGET_DIR=$PWD/target/benches/build PATH=$PWD/target/real-parts/venv/bin:$PATH \
            cargo lambda build --release --locked --manifest-path benches/peers/Cargo.toml \
            --package "$peer" --lambda-dir target/peers
    done
}

# The parts of the function, each alone.
parts() {
    mkdir -p target/benches
    cargo bench --locked --quiet -p micro | tee target/benches/micro.txt
}

# The function once more, with the names that a list of functions needs.
symbols() {
    CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=line-tables-only \
        cargo build --release --locked --target-dir target/profile
    export BOOTSTRAP=$PWD/target/profile/release/bootstrap
}

main "$@"
