#!/usr/bin/env bash
# Makes the certificates and lists in this directory anew. They are valid from 2026 to 2056; the keys are thrown
# away, but for those of the authorities whose names begin with "Signing": each is 32 equal bytes, so that the
# target `signed` can sign what the fuzzer makes of a certificate.
#
#   anchors.pem        the roots of the bundle
#   intermediates.pem  below them; the clients send them along
#   clients.pem        accepted, and by rustls-webpki as well
#   enterprise.pem     accepted, and refused by rustls-webpki: each for a reason that `second_opinion.rs` tells
#   pinned.pem         accepted for standing in the bundle
#   refused.pem        signed by the same authorities, and refused
#   foreign.pem        authorities with the names of ours and other keys, and their clients
#   lists.pem          of revoked certificates, for the bundle
#   signing.pem        a root, and what it issued: what the targets `signed` and `list` begin with
#   signing-lists.pem  lists of that root, of every kind
#
# Needs OpenSSL 3.
set -euo pipefail
cd "$(dirname "$0")"

keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

valid="20260101000000Z 20560101000000Z"
expired="20250101000000Z 20260101000000Z"
early="20550101000000Z 20560101000000Z"

cat > "$keys/openssl.cnf" <<CONFIGURATION
[ca]
default_ca = any
[any]
database = $keys/index
new_certs_dir = $keys
rand_serial = yes
unique_subject = no
default_md = default
policy = name
default_crl_days = 9000
[name]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = name
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[constrained]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign
nameConstraints = critical, permitted;DNS:example.com, permitted;IP:192.0.2.0/255.255.255.0, excluded;DNS:evil.example.com
certificatePolicies = 1.3.6.1.4.1.99999.1
[directory]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
nameConstraints = critical, permitted;dirName:permitted, permitted;email:example.com, permitted;URI:.example.com
[permitted]
O = Example
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
[named]
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:one.example.com, IP:192.0.2.7
certificatePolicies = 1.3.6.1.4.1.99999.1
crlDistributionPoints = URI:http://lists.example.com/1.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example.com/
# It includes the excluded name.
[wild]
extendedKeyUsage = clientAuth
subjectAltName = DNS:*.example.com
[addressed]
extendedKeyUsage = clientAuth
subjectAltName = email:one@example.com, URI:spiffe://a.example.com/one, dirName:permitted
# Nothing at all, which makes a certificate of version 1.
[plain]
[any_usage]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = anyExtendedKeyUsage
[policies]
extendedKeyUsage = clientAuth
certificatePolicies = critical, 1.3.6.1.4.1.99999.1, @cps
[cps]
policyIdentifier = 1.3.6.1.4.1.99999.2
CPS.1 = http://example.com/cps
userNotice.1 = @notice
[notice]
explicitText = Fuzz
[outside]
subjectAltName = DNS:evil.example.com
[own]
subjectKeyIdentifier = hash
basicConstraints = critical, CA:TRUE
[server]
extendedKeyUsage = serverAuth
[cipher]
keyUsage = critical, keyEncipherment
[unknown]
1.3.6.1.4.1.99999.9 = critical, ASN1:NULL
[list]
[numbered]
authorityKeyIdentifier = keyid
[users]
issuingDistributionPoint = critical, @users_scope
[users_scope]
fullname = URI:http://lists.example.com/1.crl
onlyuser = TRUE
[reasons]
issuingDistributionPoint = critical, @reasons_scope
[reasons_scope]
fullname = URI:http://lists.example.com/1.crl
onlysomereasons = keyCompromise, CACompromise
[indirect]
issuingDistributionPoint = critical, @indirect_scope
[indirect_scope]
indirectCRL = TRUE
[delta]
2.5.29.27 = critical, ASN1:INTEGER:1
CONFIGURATION
: > "$keys/index"
echo 01 > "$keys/number"
echo 'unique_subject = no' > "$keys/index.attr"

# certificate FILE SUBJECT KIND ISSUER "FROM TO" [KEY-ALGORITHM]; an issuer that is the file itself makes a root.
certificate() {
    local file=$1 subject=$2 kind=$3 issuer=$4 from to algorithm=${6:-ec -pkeyopt ec_paramgen_curve:P-256}
    read -r from to <<< "$5"
    # shellcheck disable=SC2086 # several words
    [ -f "$keys/$file.key" ] || openssl genpkey -algorithm $algorithm -out "$keys/$file.key" 2> "$keys/log"
    openssl req -new -utf8 -config "$keys/openssl.cnf" -key "$keys/$file.key" -subj "$subject" -out "$keys/$file.csr"
    local signer=(-cert "$keys/$issuer.pem" -keyfile "$keys/$issuer.key")
    if [ "$issuer" = "$file" ]; then signer=(-selfsign -keyfile "$keys/$file.key"); fi
    openssl ca -batch -notext -preserveDN -config "$keys/openssl.cnf" -extensions "$kind" "${signer[@]}" \
        -startdate "$from" -enddate "$to" -in "$keys/$file.csr" -out "$keys/$file.pem" 2> "$keys/log" ||
        { cat "$keys/log" >&2; exit 1; }
}

# fixed FILE BYTE: an Ed25519 key of 32 equal bytes.
fixed() {
    { printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20'
      for _ in {1..32}; do printf "\\x$2"; done; } | openssl pkey -inform DER -out "$keys/$1.key"
}

# list ISSUER KIND NUMBER [ARGUMENT...]: a list of all that the script has revoked so far.
list() {
    local issuer=$1 kind=$2 number=$3
    shift 3
    cp "$keys/openssl.cnf" "$keys/list.cnf"
    if [ "$number" != none ]; then
        echo "$number" > "$keys/number"
        sed -i "s,^\[any\]$,[any]\ncrlnumber = $keys/number," "$keys/list.cnf"
    fi
    if [ "$kind" != list ]; then set -- -crlexts "$kind" "$@"; fi
    openssl ca -gencrl -config "$keys/list.cnf" -cert "$keys/$issuer.pem" -keyfile "$keys/$issuer.key" \
        -crl_lastupdate 20260101000000Z -crl_nextupdate 20560101000000Z "$@" 2> "$keys/log" ||
        { cat "$keys/log" >&2; exit 1; }
}

revoke() {
    local file=$1
    shift
    openssl ca -config "$keys/openssl.cnf" -cert "$keys/root.pem" -keyfile "$keys/root.key" \
        -revoke "$keys/$file.pem" "$@" 2> "$keys/log" || { cat "$keys/log" >&2; exit 1; }
}

# gather NAME FILE...: several certificates as one file.
gather() {
    local name=$1
    shift
    for file in "$@"; do cat "$keys/$file.pem"; done > "$name.pem"
}

rsa="rsa -pkeyopt rsa_keygen_bits:2048"
p384="ec -pkeyopt ec_paramgen_curve:P-384"
p521="ec -pkeyopt ec_paramgen_curve:P-521"

certificate root "/C=DE/O=Example/CN=Example Root" authority root "$valid"
certificate old "/CN=Example Old Root" authority old "$valid" "$rsa"
certificate issuing "/O=Example/CN=Example Issuing" authority root "$valid" "$p384"
certificate regional "/O=Example/CN=Example Regional" constrained issuing "$valid" "$p521"
certificate directory "/O=Example/CN=Example Directory" directory old "$valid" ed25519
gather anchors root old
gather intermediates issuing regional directory

certificate client "/CN=client-1" client root "$valid"
certificate member "/CN=client-2" client issuing "$valid" "$rsa"
certificate deep "/CN=client-3" named regional "$valid" ed25519
certificate ancient "/O=Ünïcode/CN=client-4" plain old "$valid" "$p384"
gather clients client member deep

certificate any "/CN=client-5" any_usage root "$valid"
certificate policed "/CN=client-6" policies issuing "$valid"
certificate addressed "/O=Example/CN=client-7" addressed directory "$valid" "$rsa"
gather enterprise any policed addressed ancient

certificate stranger "/CN=Nobody" authority stranger "$valid"
certificate pinned "/CN=pinned-1" client stranger "$valid"
certificate own "/CN=pinned-2" own own "$valid"
gather pinned pinned own

certificate late "/CN=client-8" client root "$expired"
certificate soon "/CN=client-9" client root "$early"
certificate server "/CN=server-1" server issuing "$valid"
certificate cipher "/CN=client-10" cipher root "$valid"
certificate unknown "/CN=client-11" unknown root "$valid"
certificate outside "/CN=client-12" outside regional "$valid"
certificate minted "/CN=client-13" client client "$valid"
certificate weak "/CN=client-14" client root "$valid" "rsa -pkeyopt rsa_keygen_bits:1024"
certificate revoked "/CN=client-15" client root "$valid"
certificate held "/CN=client-16" client root "$valid"
certificate wild "/CN=client-17" wild regional "$valid"
gather refused late soon server cipher unknown outside minted weak revoked held wild

certificate namesake "/C=DE/O=Example/CN=Example Root" authority namesake "$valid"
certificate double "/O=Example/CN=Example Issuing" authority namesake "$valid" "$p384"
certificate borrowed "/CN=client-1" client namesake "$valid"
certificate forged "/CN=client-2" client double "$valid"
certificate lone "/CN=client-1" own lone "$valid"
gather foreign namesake double borrowed forged lone

revoke revoked -crl_reason keyCompromise
list root numbered 01 > lists.pem
revoke held -crl_hold holdInstructionReject
list root numbered 02 >> lists.pem
list old list none >> lists.pem

fixed signing-root 01
fixed signing-issuing 02
cp "$keys/signing-issuing.key" "$keys/signing-directory.key"
certificate signing-root "/CN=Signing Root" authority signing-root "$valid"
certificate signing-issuing "/CN=Signing Issuing" constrained signing-root "$valid"
certificate signing-directory "/O=Example/CN=Signing Issuing" directory signing-root "$valid"
certificate by-root-client "/CN=client" client signing-root "$valid"
certificate by-root-any "/CN=client" any_usage signing-root "$valid"
certificate by-root-policed "/CN=client" policies signing-root "$valid"
certificate by-root-plain "/CN=client" plain signing-root "$valid"
certificate by-root-named "/CN=client" named signing-root "$valid"
certificate by-issuing "/CN=client" named signing-issuing "$valid"
certificate by-directory "/O=Example/CN=client" addressed signing-directory "$valid"
gather signing signing-root signing-issuing signing-directory \
    by-root-named by-root-client by-root-any by-root-policed by-root-plain by-issuing by-directory

: > "$keys/index"
{
    list signing-root list none
    for kind in numbered users reasons indirect delta; do list signing-root "$kind" 03; done
    revoke by-root-client -crl_reason removeFromCRL
    list signing-root numbered 04
    revoke by-root-any -crl_hold holdInstructionReject
    revoke by-root-named -crl_CA_compromise 20260101000000Z
    for kind in numbered users delta; do list signing-root "$kind" 05; done
    list namesake numbered 09
} > signing-lists.pem
