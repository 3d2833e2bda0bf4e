#!/usr/bin/env python3
"""Makes the inputs that the fuzz targets begin with, in corpus/<target>/, out of pki/ and ../events/.

Files are named after their content, as libFuzzer does, so that running this again adds nothing.
"""

import base64
import gzip
import hashlib
import itertools
import json
import re
import struct
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).parent
PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\n(.*?)-----END \1-----\n", re.DOTALL)


def main():
    headers()
    chains()
    signed()
    bundles()
    lists()
    events()


def headers():
    for chain in presented():
        text = "".join(pem(der) for der in chain)
        seed("header", quote(text, safe="+/=").encode())
    for text in (read("clients"), read("pinned").replace("\n", "\r\n"), "\n" + read("enterprise")):
        seed("header", quote(text, safe="").encode())
    for event in (HERE.parent / "events").glob("*-multi.json"):
        values = json.loads(event.read_bytes()).get("multiValueHeaders", {})
        for value in values.get("x-amzn-mtls-clientcert", []):
            seed("header", value.encode())


def chains():
    for chain in presented():
        seed("chain", b"".join(map(framed, chain)))


def signed():
    root, issuing, directory, *clients = blocks("signing")
    parts = {der: (b"\0" if issuer(der) == subject(root) else b"\1") + signed_part(der)
             for der in (issuing, directory, *clients)}
    for client in clients:
        for above in ([], [issuing], [directory], [issuing, directory]):
            seed("signed", b"".join(framed(parts[der]) for der in (client, *above)))


def bundles():
    anchors, pinned, revoked = read("anchors"), read("pinned"), read("lists")
    document = {
        "anchors": [anchors],
        "intermediates": read("intermediates"),
        "pinned": pinned,
        "crls": revoked,
        "allow": [{"dns": "*.example.com"}, {"subject": "CN=client-1,O=Example\\, Inc."}],
        "deny": [{"sha256": "ab:" * 31 + "ab"}, {"issuer": "CN=Example Root", "serial": "01"},
                 {"uri": "spiffe://example.com/*"}, {"email": "one@example.com"}],
    }
    texts = [anchors, pinned, anchors + pinned + revoked, read("signing") + read("signing-lists"),
             anchors + read("refused"), "\n" + anchors.replace("\n", "\r\n"),
             json.dumps(document), json.dumps({"anchors": anchors}, indent=1),
             json.dumps({"pinned": [pinned, ""], "deny": []})]
    for text in texts:
        seed("bundle", text.encode())
        seed("bundle", gzip.compress(text.encode(), mtime=0))


def lists():
    for der in blocks("signing-lists") + blocks("lists"):
        seed("list", der)


def events():
    for event in (HERE.parent / "events").glob("*.json"):
        seed("event", event.read_bytes())


def presented():
    """Chains as clients present them: each certificate alone, with who issued it, and with everybody else."""
    intermediates, foreign = blocks("intermediates"), blocks("foreign")
    for der in itertools.chain(*map(blocks, ("clients", "enterprise", "pinned", "refused", "foreign"))):
        above = issuers(der, intermediates + foreign)
        yield [der]
        yield [der, *above]
        yield [der, *reversed(above), *foreign[:2], *intermediates]


def issuers(der, candidates):
    found = [other for other in candidates if subject(other) == issuer(der) and other != der]
    return [above for other in found for above in (other, *issuers(other, candidates))]


def read(name):
    return (HERE / "pki" / f"{name}.pem").read_text()


def blocks(name):
    return [base64.b64decode(content) for _, content in PEM.findall(read(name))]


def pem(der):
    lines = re.findall(".{1,64}", base64.b64encode(der).decode())
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def framed(part):
    return struct.pack(">H", len(part)) + part


def seed(target, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


# A certificate is SEQUENCE { signed part, algorithm, signature }, and the signed part is
# SEQUENCE { [0] version, serial number, algorithm, issuer, dates, subject, … }.


def signed_part(der):
    return elements(content(der))[0]


def issuer(der):
    return fields(der)[2]


def subject(der):
    return fields(der)[4]


def fields(der):
    found = elements(content(signed_part(der)))
    return found[1:] if found[0][0] == 0xA0 else found


def elements(der):
    found = []
    while der:
        length = sum(extent(der))
        found.append(der[:length])
        der = der[length:]
    return found


def content(der):
    head, length = extent(der)
    return der[head:head + length]


def extent(der):
    """How many bytes the head of an element has, and how many its content."""
    first = der[1]
    if first < 0x80:
        return 2, first
    octets = first - 0x80
    return 2 + octets, int.from_bytes(der[2:2 + octets], "big")


if __name__ == "__main__":
    main()
