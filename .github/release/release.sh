#!/usr/bin/env bash
#
# release.sh pack ARCH [BINARY]   dist/: the function for ARCH (x86_64 or arm64), as it is deployed; BINARY is built
#                                 where it is not given
# release.sh pin FOLDER           what `sam build` has left there takes no other architecture than that of its function
# release.sh check TAG            do the tag, Cargo.toml and CHANGELOG.md speak of the same version?
# release.sh notes TAG            what CHANGELOG.md says of it
#
# What pack makes, with the version and the architecture in the names:
#
#   .zip         bootstrap, and the licences of all that is in it; the same bytes for the same binary
#   .yaml        template.yaml, with that archive for the function's code and that architecture alone
#   .cdx.json    the bill of materials, CycloneDX 1.5
#   .sha256      of the three

set -euo pipefail
cd "$(dirname "$0")/../.."
here=.github/release
tools=$PWD/target/tools
export PATH=$tools/bin:$tools/cargo-lambda/bin:$PATH

pack() {
    local arch=$1 binary=${2-} triple
    case $arch in
        x86_64) triple=x86_64-unknown-linux-gnu ;;
        arm64) triple=aarch64-unknown-linux-gnu ;;
        *) fail "there is no architecture $arch: x86_64 or arm64" ;;
    esac
    [[ $binary ]] || { build "$triple"; binary=target/lambda/bootstrap/bootstrap; }
    [[ $(architecture "$binary") == "$arch" ]] || fail "$binary is no program for $arch"

    local name made
    name=alb-mtls-adapter-$(version)-$arch
    made=$(mktemp -d)
    archive "$binary" "$triple" >"$made/$name.zip"
    template "$name.zip" "$arch" >"$made/$name.yaml"
    bill "$triple" >"$made/$name.cdx.json"
    (cd "$made" && sha256sum "$name".{zip,yaml,cdx.json} | tee "$name.sha256")
    mkdir -p dist
    mv "$made"/* dist
    rmdir "$made"
}

pin() { # FOLDER
    local arch template=$1/template.yaml
    arch=$(architecture "$1/Function/bootstrap")
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
    cargo lambda build --release --locked --bin bootstrap --target "$1" --lambda-dir target/lambda
}

archive() { # BINARY, TRIPLE
    local folder
    folder=$(mktemp -d)
    install -m 755 "$1" "$folder/bootstrap"
    install -m 644 LICENSE "$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html" "$folder"
    $here/crates.py licences "$2" >"$folder/THIRD-PARTY.txt"
    chmod 644 "$folder/THIRD-PARTY.txt"
    (
        cd "$folder"
        export TZ=UTC
        touch -d 1980-01-01 ./*
        zip -9 -X -q - bootstrap LICENSE THIRD-PARTY.txt COPYRIGHT-library.html
    )
    rm -r "$folder"
}

template() { # ARCHIVE, ARCH
    local text
    text=$(sed "
        s/^        CodeUri: \.\$/        CodeUri: $1/
        /^  Architecture:\$/,/^    AllowedValues:/{
            s/^    Default: .*/    Default: $2/
            s/^    AllowedValues: .*/    AllowedValues: [$2]/
        }
    " template.yaml)
    (($(grep -cxF -e "        CodeUri: $1" -e "    Default: $2" -e "    AllowedValues: [$2]" <<<"$text") == 3)) ||
        fail "template.yaml no longer says where its code is, or for which architecture, as it did"
    echo "$text"
}

bill() { # TRIPLE
    local said
    cargo install --locked --root "$tools" cargo-cyclonedx@0.5.9 >&2
    # It is dated by the commit, and written beside each manifest of the workspace.
    trap 'find . -path ./target -prune -o -name "*_bin.cdx.json" -exec rm {} +' EXIT
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) cargo cyclonedx -qq --format json --spec-version 1.5 --describe binaries --target "$1"
    said=$(<bootstrap_bin.cdx.json)
    $here/crates.py sbom "$1" <<<"$said"
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
