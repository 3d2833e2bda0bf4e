#!/usr/bin/env bash
#
# Puts the programs that the real-parts tests run into target/real-parts/:
#
#   bin/moto_server      a Secrets Manager and an S3 that speak AWS's protocols    PyPI, pinned
#   bin/aws-lambda-rie   AWS's emulator of the Lambda runtime                      PyPI, pinned, inside aws-sam-cli
#   venv/bin/            the SAM CLI, its linter, and AWS's translator of          PyPI, pinned, with aws-sam-cli
#                        SAM templates
#   checkov/bin/checkov  for the stacks of the template                            PyPI, pinned, in a venv of its own
#   venv/bin/aws         the AWS CLI                                               PyPI, pinned
#   pkits/               NIST's test suite of certification paths                  PyPI, pinned, inside cryptography-vectors
#   bin/nginx            for $ssl_client_escaped_cert                              Debian
#   bin/java, oracle/    the library calls by which WSO2 reads the header, and     any JDK from 17 on, commons-codec
#                        the JDK's own verdict on a client's certificates
#   bin/curl, bin/openssl                                                          the system's
#
# And it sees to readelf and to valgrind, which counts instructions for benches/, where they are.
#
# What is missing is installed where apt-get is there and may be used; elsewhere it is named, and nothing is done.
# Each step is skipped once done, so that a second run takes no time and needs no network.

set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin   # where Debian keeps nginx, and where an ordinary user's PATH may not look

# Not under CARGO_TARGET_DIR: the tests find this folder by the place of their own sources.
readonly parts=$PWD/target/real-parts
readonly sources=$PWD/tests/real-parts

main() {
    mkdir -p "$parts/bin"
    system_programs
    step python_programs "$sources/requirements.txt"
    step checkov "$sources/checkov.txt"
    step commons_codec
    step oracles "$sources"/oracle/*.java
    step nginx
    link java curl openssl
}

# step NAME INPUT…: does bring_NAME, unless it was done in this very folder with these very inputs.
step() {
    local name=$1 stamp=$parts/$1.done key
    key="$PWD $(cat /dev/null "${@:2}" | cksum)"
    [[ -f $stamp && $(<"$stamp") == "$key" ]] && return
    echo "setup: $name"
    "bring_$name"
    echo "$key" >"$stamp"
}

# All that is missing is named, or installed, at once.
system_programs() {
    local lacking=() packages=()
    need() { # CONDITION, DEBIAN PACKAGE, WORDS
        eval "$1" >/dev/null 2>&1 || { packages+=("$2"); lacking+=("$3"); }
    }
    need 'python3 -c "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))"' python3-venv "python3, 3.11 or newer, with venv"
    need 'java -version && javac -version' default-jdk-headless "java and javac, 17 or newer"
    need 'curl --version | grep HTTP2' curl "curl with HTTP/2"
    need 'openssl version' openssl "openssl"
    need 'readelf --version' binutils "readelf"
    need 'valgrind --version' valgrind "valgrind"
    have_apt || {
        need '[[ -e /usr/share/java/commons-codec.jar ]]' libcommons-codec-java "/usr/share/java/commons-codec.jar"
        need 'nginx -v' nginx "nginx, 1.19.5 or newer"
    }
    ((${#lacking[@]} == 0)) && return

    if have_apt && ((EUID == 0)); then
        echo "setup: installing ${packages[*]}"
        refresh_package_lists
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${packages[@]}" >/dev/null
    else
        printf 'setup: missing: %s\n' "${lacking[@]}" >&2
        echo "setup: on Debian they come with: apt-get install --no-install-recommends ${packages[*]}" >&2
        exit 1
    fi
}

bring_python_programs() {
    rm -rf "$parts/venv"
    python3 -m venv "$parts/venv"
    "$parts/venv/bin/pip" install --quiet --disable-pip-version-check -r "$sources/requirements.txt"

    # The wheel has both machines' emulators, each a static Linux program.
    local machine
    case "$(uname -sm)" in
        "Linux x86_64") machine=x86_64 ;;
        "Linux aarch64") machine=arm64 ;;
        *) echo "setup: AWS's runtime interface emulator runs on Linux on x86_64 or arm64 only, this is $(uname -sm)" >&2; exit 1 ;;
    esac
    ln -sfn "$parts"/venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-$machine "$parts/bin/aws-lambda-rie"
    ln -sfn "$parts/venv/bin/moto_server" "$parts/bin/moto_server"
    ln -sfn "$parts"/venv/lib/python3*/site-packages/cryptography_vectors/x509/PKITS_data "$parts/pkits"
}

# Apart from the rest, since it asks for other versions of the same packages.
bring_checkov() {
    rm -rf "$parts/checkov"
    python3 -m venv "$parts/checkov"
    "$parts/checkov/bin/pip" install --quiet --disable-pip-version-check -r "$sources/checkov.txt"
}

bring_commons_codec() {
    local jar=/usr/share/java/commons-codec.jar
    [[ -e $jar ]] || { unpack libcommons-codec-java; jar=$parts/debian$jar; }
    mkdir -p "$parts/oracle"
    cp -L "$jar" "$parts/oracle/commons-codec.jar"
}

bring_oracles() {
    javac --release 17 -cp "$parts/oracle/commons-codec.jar" -d "$parts/oracle" "$sources"/oracle/*.java
}

bring_nginx() {
    local program
    program=$(type -P nginx) || { unpack nginx; program=$parts/debian/usr/sbin/nginx; }
    "$program" -v 2>/dev/null || { echo "setup: $program does not run; install nginx" >&2; exit 1; }
    ln -sfn "$program" "$parts/bin/nginx"
}

# link NAME…: the system's own program of that name.
link() {
    local name
    for name in "$@"; do ln -sfn "$(type -P "$name")" "$parts/bin/$name"; done
}

# unpack PACKAGE: the files of a Debian package, without installing it. An installed nginx would start a service.
unpack() {
    local download
    download=$(mktemp -d)
    ((EUID == 0)) && refresh_package_lists
    (cd "$download" && apt-get download -qq -o APT::Sandbox::User=root "$1" && dpkg -x ./*.deb "$parts/debian")
    rm -rf "$download"
}

have_apt() { type -P apt-get >/dev/null; }

refresh_package_lists() {
    [[ -n ${package_lists_are_fresh-} ]] || apt-get update -qq
    package_lists_are_fresh=yes
}

main
