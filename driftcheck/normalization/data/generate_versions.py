"""Writes versions.json from the JSON schemas of many Kubernetes versions.

They lie in the distribution `kubernetes-validate`, in a folder for each version. Run it
again when that knows a newer version:

    pip download --no-deps kubernetes-validate && unzip kubernetes_validate-*.whl
    python driftcheck/normalization/data/generate_versions.py kubernetes_validate
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

PREFIXES = ("io.k8s.api.", "io.k8s.apimachinery.pkg.apis.")
FOLDER = re.compile(r"v1\.(\d+)\.\d+-local")


def main(package: Path, target: Path) -> None:
    """Write which minor versions know a field, for the fields that not all of them know."""
    schemas = package / "kubernetes-json-schema"
    minors = {
        int(match[1]): folder / "_definitions.json"
        for folder in schemas.iterdir()
        if (match := FOLDER.fullmatch(folder.name))
    }
    known = _known(minors)
    compared = json.loads(target.with_name("builtin.json").read_text(encoding="utf-8"))["types"]
    fields = {
        name: skewed
        for name, minors_of in sorted(known.items())
        if name in compared and (skewed := _skewed(minors_of))
    }
    table = {"first": min(minors), "last": max(minors), "fields": fields}
    target.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{sum(map(len, fields.values()))} fields -> {target}")  # noqa: T201


def _known(minors: dict[int, Path]) -> dict[str, dict[str, list[int]]]:
    """The minor versions that know each field of each type."""
    known: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for minor, file in sorted(minors.items()):
        for name, schema in _definitions(file).items():
            for field in schema.get("properties", {}):
                known[_short(name)][field].append(minor)
    return known


def _definitions(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text(encoding="utf-8"))
    definitions: dict[str, Any] = found.get("$defs") or found["definitions"]
    return definitions


def _skewed(fields: dict[str, list[int]]) -> dict[str, list[int]]:
    """The first and last version of fields that came later than their type, or went before it."""
    versions = {minor for minors in fields.values() for minor in minors}
    return {
        field: [minors[0], minors[-1]]
        for field, minors in sorted(fields.items())
        if field != "status" and (minors[0] > min(versions) or minors[-1] < max(versions))
    }


def _short(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("versions.json"))
