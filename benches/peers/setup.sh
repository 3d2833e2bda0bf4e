#!/usr/bin/env bash
#
# Makes target/benches/venv/, the virtual environment in which the peer in Python runs. It wants Python 3.11 or newer
# with venv, and PyPI. Skipped once done, so that a second run takes no time and needs no network.

set -euo pipefail
cd "$(dirname "$0")/../.."

# Not under CARGO_TARGET_DIR, as target/real-parts/ is not.
readonly venv=$PWD/target/benches/venv
readonly stamp=$PWD/target/benches/venv.done
readonly requirements=$PWD/benches/peers/python/requirements.txt

key="$PWD $(cksum <"$requirements")"
[[ -f $stamp && $(<"$stamp") == "$key" ]] && exit

python3 -c "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || {
    echo "setup: missing: python3, 3.11 or newer, with venv; on Debian: apt-get install python3-venv" >&2
    exit 1
}
echo "setup: benches/venv"
mkdir -p "${venv%/*}"
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r "$requirements"
echo "$key" >"$stamp"
