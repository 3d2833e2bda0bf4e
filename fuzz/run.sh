#!/usr/bin/env bash
# run.sh SECONDS TARGET...: fuzzes each target for so many seconds, one after the other.
set -euo pipefail
cd "$(dirname "$0")"

seconds=$1
shift

cargo +nightly --version > /dev/null 2>&1 ||
    { echo "fuzzing needs a nightly compiler: rustup toolchain install nightly" >&2; exit 1; }
cargo fuzz --version > /dev/null 2>&1 ||
    { echo "fuzzing needs cargo-fuzz: cargo install cargo-fuzz --locked" >&2; exit 1; }

# The dictionary of a target, and the longest input that is of interest to it.
dictionary() {
    case $1 in
        chain | signed | list) echo der ;;
        *) echo "$1" ;;
    esac
}
longest() {
    case $1 in
        header | bundle) echo 65536 ;;
        *) echo 16384 ;;
    esac
}

./seeds.py
for target; do
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -timeout=2 -max_len="$(longest "$target")" \
        -dict="dictionaries/$(dictionary "$target").dict" -print_final_stats=1
done
