#!/usr/bin/env python3
"""What a deployed binary is made of, down to the last crate.

crates.py sbom PACKAGE TRIPLE      stdin: what cargo-cyclonedx says; stdout: the same, of the crates in the binary
crates.py licences PACKAGE TRIPLE  stdout: what the crates in the binary want to be said with it

`cargo tree` is asked which crates these are: it alone knows the features that a build for TRIPLE turns on.
cargo-cyclonedx lists what other features could bring along as well (ring, say, which a scanner would then warn of).
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

# Whose licence is beside: those of the workspace.
OURS = {"alb-mtls-adapter", "crl-fetcher"}

MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def main():
    match sys.argv[1:]:
        case ["sbom", package, triple]:
            json.dump(sbom(package, json.load(sys.stdin), in_the_binary(package, triple)), sys.stdout, indent=2)
            print()
        case ["licences", package, triple]:
            sys.stdout.write(licences(in_the_binary(package, triple)))
        case _:
            sys.exit(__doc__)


def in_the_binary(package, triple):
    """The crates that are linked, by name and version: neither build scripts' nor macros'."""
    tree = cargo("tree", "--package", package, "--target", triple, "--edges", "normal,no-proc-macro",
                 "--prefix", "none", "--format", "{p}")
    words = (line.split() for line in tree.splitlines() if line)
    return {(name, version.removeprefix("v")) for name, version, *_ in words}


def sbom(package, bom, crates):
    """The bill without what is not in the binary, and without the place where it was built."""
    root = bom["metadata"]["component"]
    bom["components"] = [part for part in bom["components"] if (part["name"], part["version"]) in crates]
    members = [part for part in bom["components"] if part["bom-ref"].startswith("path+")]
    ours = {part["bom-ref"]: part for part in [root, *members]}
    names = {place: f"{part['name']}@{part['version']}" for place, part in ours.items()}
    for place, part in ours.items():
        purl = f"pkg:generic/{package if part is root else part['name']}@{part['version']}"
        part |= {"bom-ref": names[place], "purl": purl}
    listed = {(part["name"], part["version"]) for part in bom["components"]}
    if lacking := crates - listed - {(package, root["version"])}:
        sys.exit(f"the bill of materials lacks {sorted(lacking)}")

    kept = {part["bom-ref"] for part in bom["components"]}
    edges = ((edge["ref"], edge.get("dependsOn", [])) for edge in bom["dependencies"])
    edges = ((names.get(of, of), [names.get(on, on) for on in needed]) for of, needed in edges)
    bom["dependencies"] = [
        {"ref": of, "dependsOn": [on for on in needed if on in kept]}
        for of, needed in edges if of in kept | {root["bom-ref"]}
    ]
    return bom


def licences(crates):
    """Each text once, below the crates that it came with, letter by letter.

    Tools that recognise a licence by its text put a blank form in place of one that they do not know; that of AWS-LC
    is such a one, and says whose work it is.
    """
    texts = defaultdict(list)
    for package in packages(crates):
        name = f"{package['name']} {package['version']} ({package['license']})"
        for text in own_texts(package) or [usual_text(package)]:
            texts[text].append(name)
    rule = "=" * 100
    parts = (f"{rule}\n" + "\n".join(names) + f"\n{rule}\n\n{text}\n" for text, names in texts.items())
    return "bootstrap is made of these crates, under these terms.\n\n" + "\n".join(parts)


def packages(crates):
    """What Cargo knows of the crates that are not this one, in the order of their names."""
    known = {(package["name"], package["version"]): package
             for package in json.loads(cargo("metadata", "--format-version", "1"))["packages"]}
    return [known[crate] for crate in sorted(crates) if crate[0] not in OURS]


def own_texts(package):
    """The texts of the files that the crate has for them."""
    beside = Path(package["manifest_path"]).parent.iterdir()
    files = sorted(file for file in beside if re.match(r"(un)?licen[cs]e|copying|copyright|notice", file.name, re.I))
    files = [inner for file in files for inner in (sorted(file.iterdir()) if file.is_dir() else [file])]
    return [file.read_text("utf-8").strip() + "\n" for file in files]


def usual_text(package):
    """What stands for the file that a crate forgot to pack."""
    whose = f"Copyright: {', '.join(package['authors']) or 'the authors of ' + package['name']}, {package['repository']}\n"
    offered = re.split(r" OR |/", package["license"])
    if "Apache-2.0" in offered:
        return f"{whose}Under the Apache License, version 2.0: LICENSE, in this archive.\n"
    if "MIT" in offered:
        return f"{whose}\n{MIT}"
    sys.exit(f"{package['name']} has no licence file, and no text is at hand for {package['license']}")


def cargo(*words):
    return subprocess.run(["cargo", *words, "--locked"], check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
