#!/usr/bin/env bash
# Makes the events in this directory anew: one for each story, in both variants, and the trust bundle that
# goes with them. Certificates are valid until 2056, so that the events stay playable; the keys are thrown away.
#
#   <story>-multi.json   a target group with multi-value headers, as the template deploys it
#   <story>-single.json  one without
#   trust-bundle.pem     the root, for the secret that TRUST_BUNDLE_SECRETS names
#   expected.json        for each event the answer's status and code, and the SHA-256 of the certificate that
#                        the gateway has to see; null where there is none
#
# Needs OpenSSL 1.1.1 or later and cargo; ALB_MTLS names another way to run the command than through cargo.
set -euo pipefail
cd "$(dirname "$0")"

alb_mtls=(${ALB_MTLS:-cargo run --quiet --package alb-mtls --})
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
default_md = sha256
policy = name
[name]
commonName = supplied
[req]
distinguished_name = name
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
CONFIGURATION
touch "$keys/index"

# certificate FILE COMMON-NAME KIND ISSUER "FROM TO" [KEY-ALGORITHM]; an issuer that is the file itself makes a root.
certificate() {
    local file=$1 name=$2 kind=$3 issuer=$4 from to algorithm=${6:-ec -pkeyopt ec_paramgen_curve:P-256}
    read -r from to <<< "$5"
    # shellcheck disable=SC2086 # several words
    openssl genpkey -algorithm $algorithm -out "$keys/$file.key" 2> "$keys/log"
    openssl req -new -config "$keys/openssl.cnf" -key "$keys/$file.key" -subj "/CN=$name" -out "$keys/$file.csr"
    local signer=(-cert "$keys/$issuer.pem" -keyfile "$keys/$issuer.key")
    if [ "$issuer" = "$file" ]; then signer=(-selfsign -keyfile "$keys/$file.key"); fi
    openssl ca -batch -notext -config "$keys/openssl.cnf" -extensions "$kind" "${signer[@]}" \
        -startdate "$from" -enddate "$to" -in "$keys/$file.csr" -out "$keys/$file.pem" 2> "$keys/log" ||
        { cat "$keys/log" >&2; exit 1; }
}

certificate root "Example Root" authority root "$valid"
certificate issuing "Example Issuing" authority root "$valid"
certificate regional "Example Regional" authority issuing "$valid"
certificate client client-1 client root "$valid"
certificate member client-2 client issuing "$valid" "rsa -pkeyopt rsa_keygen_bits:2048"
certificate deep client-3 client regional "$valid"
certificate expired client-expired client root "$expired"
certificate early client-early client root "$early"
certificate server server-1 server root "$valid"
certificate victim victim client root "$valid"
certificate stranger "Nobody's Root" authority stranger "$valid"
certificate strange client-1 client stranger "$valid"
certificate namesake "Example Root" authority namesake "$valid"
certificate borrowed client-1 client namesake "$valid"

# chain FILE...: what a client presents, as one file.
chain() {
    for file in "$@"; do cat "$keys/$file.pem"; done > "$keys/chain.pem"
    echo "$keys/chain.pem"
}

# A certificate as somebody would forge the header.
header() {
    sed -e 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g; s/ /%20/g' "$keys/$1.pem" | awk '{ printf "%s%%0A", $0 }'
}

fingerprint() {
    openssl x509 -in "$keys/$1.pem" -outform DER | openssl dgst -sha256 -r | cut -d ' ' -f 1 | sed 's/.*/"&"/'
}

rows=()
# event FILE STATUS CODE CLIENT ARGUMENT...: one event, and its row in expected.json; CODE and CLIENT may be null.
event() {
    local file=$1 status=$2 code=$3 client=$4
    shift 4
    "${alb_mtls[@]}" event "$@" --out "$file"
    if [ "$code" != null ]; then code="\"$code\""; fi
    if [ "$client" != null ]; then client=$(fingerprint "$client"); fi
    rows+=("  \"$file\": {\"status\": $status, \"code\": $code, \"client\": $client}")
}

# story NAME STATUS CODE CLIENT ARGUMENT...: the same event in both variants.
story() {
    local name=$1
    shift
    event "$name-multi.json" "$@" --multi-value
    event "$name-single.json" "$@" --single-value
}

rm -f ./*.json
cp "$keys/root.pem" trust-bundle.pem

# Accepted.
story accepted 200 null client --chain "$(chain client)" --path '/orders?id=7'
story escaped 200 null client --chain "$(chain client)" --escaped
story chain 200 null member --chain "$(chain member issuing)"
story out-of-order 200 null deep --chain "$(chain deep issuing regional)"
story raw-query 200 null client --chain "$(chain client)" --path '/a%2Fb/../c?z=1&a=%20x&z=2&empty=&%C3%A9=1'
printf '\000\001\177\200\377\r\n\000' > "$keys/body"
story post-binary 200 null client --chain "$(chain client)" --method POST --path /upload \
    --header 'Content-Type: application/octet-stream' --body "$keys/body"

# Refused for the certificate.
story expired 403 ClientCertExpired null --chain "$(chain expired)"
story not-yet-valid 403 ClientCertNotYetValid null --chain "$(chain early)"
story server-only 403 ClientCertPurposeInvalid null --chain "$(chain server)"
story untrusted 403 ClientCertUntrusted null --chain "$(chain strange stranger)"
story namesake 403 ClientCertUntrusted null --chain "$(chain borrowed namesake)"
story no-intermediate 403 ClientCertUntrusted null --chain "$(chain deep issuing)"
story no-certificate 401 ClientCertMissing null
story broken-encoding 400 ClientCertInvalid null --header 'X-Amzn-Mtls-Clientcert: -----BEGIN%2'

# Forged. Without multi-value headers a second value is not to be seen: the last one, the load balancer's, is left.
story forged-spellings 200 null client --chain "$(chain client)" \
    --header "X_Amzn_Mtls_Clientcert: $(header victim)" --header "X-WSO2-Client-Certificate: $(header victim)"
forged=(--chain "$(chain client)" --header "X-Amzn-Mtls-Clientcert: $(header victim)")
event duplicate-header-multi.json 400 ClientCertInvalid null "${forged[@]}"
event duplicate-header-single.json 200 null client "${forged[@]}" --single-value

# Neither a client's request nor a bad certificate.
story health-check 200 null null --health-check
story ambiguous-target 400 AmbiguousTarget null --chain "$(chain client)" --path '/orders#fragment'
story malformed-body 400 BadRequest null --chain "$(chain client)" --method POST --data x
for file in malformed-body-*.json; do
    # No load balancer would write this.
    sed 's/"body": "[^"]*"/"body": "not base64!"/' "$file" > "$keys/event" && cp "$keys/event" "$file"
done

{
    echo "{"
    (IFS=$'\n'; echo "${rows[*]}") | sed '$!s/$/,/'
    echo "}"
} > expected.json
