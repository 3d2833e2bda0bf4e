"""The same job in Python, run by AWS's own runtime client: the trust bundle is fetched at start, and each client's
chain is verified by `cryptography`, for each request.

`GATEWAY_URL` is the gateway, `TRUST_BUNDLE_SECRETS` the name of one secret with the PEM of CA certificates.
"""

import base64
import logging
import os
from http import HTTPStatus
from urllib.parse import quote, unquote

import boto3
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

CLIENT_CERT_HEADER = "x-amzn-mtls-clientcert"

log = logging.getLogger()
log.setLevel(logging.INFO)

gateway_url = os.environ["GATEWAY_URL"]
gateway = urllib3.PoolManager()


def trust_bundle():
    secrets = boto3.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=os.environ["TRUST_BUNDLE_SECRETS"])
    return Store(x509.load_pem_x509_certificates(secret["SecretString"].encode()))


def for_clients(policy, certificate, usage):
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise ValueError("the certificate is not for clients")


# The default wants a subject alternative name, as the web's servers have one.
client_policy = ExtensionPolicy.permit_all().require_present(
    x509.ExtendedKeyUsage, Criticality.AGNOSTIC, for_clients
)
policy = PolicyBuilder().store(trust_bundle()).extension_policies(
    ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=client_policy
)


def verified(headers):
    """The client's certificate as the gateway reads it, where its chain leads to an anchor now."""
    chain = unquote(headers[CLIENT_CERT_HEADER]).encode()
    leaf, *intermediates = x509.load_pem_x509_certificates(chain)
    policy.build_client_verifier().verify(leaf, intermediates)
    return quote(leaf.public_bytes(Encoding.PEM), safe="")


def target(event):
    query = event.get("multiValueQueryStringParameters") or {}
    pairs = "&".join(f"{key}={value}" for key, values in query.items() for value in values)
    return gateway_url + event["path"] + ("?" + pairs if pairs else "")


def answer(status, headers, body):
    try:
        text, is_base64 = body.decode(), False
    except UnicodeDecodeError:
        text, is_base64 = base64.b64encode(body).decode(), True
    return {
        "statusCode": status,
        "statusDescription": f"{status} {HTTPStatus(status).phrase}",
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "isBase64Encoded": is_base64,
        "body": text,
    }


def handle(event, context):
    headers = {name: ", ".join(values) for name, values in event["multiValueHeaders"].items()}
    try:
        headers[CLIENT_CERT_HEADER] = verified(headers)
    except (KeyError, ValueError, VerificationError) as error:
        log.warning("client refused: %s", error)
        return answer(HTTPStatus.UNAUTHORIZED, {}, b"")
    body = event["body"]
    if event["isBase64Encoded"]:
        body = base64.b64decode(body)
    response = gateway.request(
        event["httpMethod"],
        target(event),
        headers=headers,
        body=body or None,
        redirect=False,
        decode_content=False,
    )
    log.info("%s %s %s", event["httpMethod"], event["path"], response.status)
    return answer(response.status, dict(response.headers), response.data)
