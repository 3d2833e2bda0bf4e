#!/usr/bin/env bash
#
# release.sh pack ARCH [FOLDER]   dist/: the functions for ARCH (x86_64 or arm64), as they are deployed. FOLDER has
#                                 bootstrap/bootstrap and crl-fetcher/bootstrap; they are built where it is not given
# release.sh pin FOLDER           what `sam build` has left there takes no other architecture than that of its function
# release.sh check TAG            do the tag, Cargo.toml and CHANGELOG.md speak of the same version?
# release.sh notes TAG            what CHANGELOG.md says of it
#
# What pack makes, with the version and the architecture in the names:
#
#   .zip         bootstrap, and the licences of all that is in it; the same bytes for the same binary
#   .cdx.json    the bill of materials, CycloneDX 1.5
#   .yaml        template.yaml, with the archives for the functions' code and that architecture alone
#   .sha256      of all of these
#
# The first two for each function: alb-mtls-adapter, and crl-fetcher.

set -euo pipefail
cd "$(dirname "$0")/../.."
here=.github/release
tools=$PWD/target/tools
export PATH=$tools/bin:$tools/cargo-lambda/bin:$PATH

pack() {
    local arch=$1 binaries=${2-} triple
    case $arch in
        x86_64) triple=x86_64-unknown-linux-gnu ;;
        arm64) triple=aarch64-unknown-linux-gnu ;;
        *) fail "there is no architecture $arch: x86_64 or arm64" ;;
    esac
    [[ $binaries ]] || { build "$triple"; binaries=target/lambda; }
    for binary in "$binaries"/{bootstrap,crl-fetcher}/bootstrap; do
        [[ $(architecture "$binary") == "$arch" ]] || fail "$binary is no program for $arch"
    done

    local of name fetcher made
    of=$(version)-$arch
    name=alb-mtls-adapter-$of
    fetcher=crl-fetcher-$of
    made=$(mktemp -d)
    archive alb-mtls-adapter "$binaries/bootstrap/bootstrap" "$triple" >"$made/$name.zip"
    archive crl-fetcher "$binaries/crl-fetcher/bootstrap" "$triple" >"$made/$fetcher.zip"
    template "$name.zip" "$fetcher.zip" "$arch" >"$made/$name.yaml"
    bills "$triple" "$made/$name.cdx.json" "$made/$fetcher.cdx.json"
    (cd "$made" && sha256sum -- *.zip *.yaml *.cdx.json | tee "$name.sha256")
    mkdir -p dist
    mv "$made"/* dist
    rmdir "$made"
}

pin() { # FOLDER
    local arch template=$1/template.yaml
    arch=$(architecture "$1/Function/bootstrap")
    for binary in "$1"/*/bootstrap; do
        [[ $(architecture "$binary") == "$arch" ]] || fail "$binary is not for $arch, as the function is: build all anew"
    done
    # A list is in one line in our template, and in several as SAM writes it.
    sed -i "/^  Architecture:\$/,/^ \{0,2\}[A-Za-z]/{
        s/^    Default: .*/    Default: $arch/
        s/^    AllowedValues:.*/    AllowedValues: [$arch]/
        /^    *- /d
    }" "$template"
    (($(grep -cxF -e "    Default: $arch" -e "    AllowedValues: [$arch]" "$template") == 2)) ||
        fail "$template no longer says for which architectures it is, as it did"
    echo "release: $1 is for $arch, and deploys with no other Architecture"
}

architecture() { # BINARY
    case $(od -An -tx2 -j18 -N2 "$1") in # as an ELF header has it
        " 003e") echo x86_64 ;;
        " 00b7") echo arm64 ;;
    esac
}

build() { # TRIPLE
    python3 -m venv "$tools/cargo-lambda"
    "$tools/cargo-lambda/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r $here/cargo-lambda.txt
    # Wherever CARGO_TARGET_DIR has what cargo makes on the way.
    for package in alb-mtls-adapter:bootstrap crl-fetcher:crl-fetcher; do
        cargo lambda build --release --locked --package "${package%:*}" --bin "${package#*:}" --target "$1" --lambda-dir target/lambda
    done
}

archive() { # PACKAGE, BINARY, TRIPLE
    local folder
    folder=$(mktemp -d)
    install -m 755 "$2" "$folder/bootstrap"
    install -m 644 LICENSE "$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html" "$folder"
    $here/crates.py licences "$1" "$3" >"$folder/THIRD-PARTY.txt"
    chmod 644 "$folder/THIRD-PARTY.txt"
    (
        cd "$folder"
        export TZ=UTC
        touch -d 1980-01-01 ./*
        zip -9 -X -q - bootstrap LICENSE THIRD-PARTY.txt COPYRIGHT-library.html
    )
    rm -r "$folder"
}

template() { # ARCHIVE, ARCHIVE OF THE FETCHER, ARCH
    local text
    text=$(sed "
        s/^        CodeUri: \.\$/        CodeUri: $1/
        s/^      CodeUri: crl-fetcher\$/      CodeUri: $2/
        /^  Architecture:\$/,/^    AllowedValues:/{
            s/^    Default: .*/    Default: $3/
            s/^    AllowedValues: .*/    AllowedValues: [$3]/
        }
    " template.yaml)
    (($(grep -cxF -e "        CodeUri: $1" -e "      CodeUri: $2" -e "    Default: $3" -e "    AllowedValues: [$3]" <<<"$text") == 4)) ||
        fail "template.yaml no longer says where its code is, or for which architecture, as it did"
    echo "$text"
}

bills() { # TRIPLE, FILE OF THE FUNCTION, FILE OF THE FETCHER
    cargo install --locked --root "$tools" cargo-cyclonedx@0.5.9 >&2
    # It is dated by the commit, and written beside each manifest of the workspace.
    trap 'find . -path ./target -prune -o -name "*_bin.cdx.json" -exec rm {} +' EXIT
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) cargo cyclonedx -qq --format json --spec-version 1.5 --describe binaries --target "$1"
    $here/crates.py sbom alb-mtls-adapter "$1" <bootstrap_bin.cdx.json >"$2"
    $here/crates.py sbom crl-fetcher "$1" <crl-fetcher/crl-fetcher_bin.cdx.json >"$3"
}

check() { # TAG
    local newest
    newest=$(grep -m1 '^## ' CHANGELOG.md)
    [[ $1 == "v$(version)" ]] || fail "the tag is $1, and Cargo.toml says $(version)"
    [[ $newest =~ ^"## [$(version)] - "20[0-9-]{8}$ ]] || fail "CHANGELOG.md begins with \"$newest\", not with \"## [$(version)] - \" and a date"
}

notes() { # TAG
    local text
    text=$(awk -v heading="## [${1#v}]" '/^## / { of = index($0, heading) == 1; next } of' CHANGELOG.md)
    [[ $text ]] || fail "CHANGELOG.md says nothing of $1"
    echo "$text"
}

version() {
    local package
    package=$(cargo pkgid --offline --locked --package alb-mtls-adapter)
    echo "${package##*[#@]}"
}

fail() {
    echo "release: $1" >&2
    exit 1
}

case "${1-} $#" in
    "pack 2" | "pack 3" | "pin 2" | "check 2" | "notes 2") "$@" ;;
    *) sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
