"""Writes plain.json from the Go types of Kubernetes' API.

They lie in the module `k8s.io/api`, in a file for each group and version. Run it again
when builtin.json comes from a newer API server, with the tag of its version:

    git clone --depth 1 --branch v0.36.2 https://github.com/kubernetes/api
    python driftcheck/normalization/data/generate_plain.py api
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

SCALARS = {"string", "bool", "int32", "int64", "IntOrString"}
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
NAMED_SCALAR = re.compile(rf"^type (\w+) ({'|'.join(sorted(SCALARS))})$", re.MULTILINE)
FIELD = re.compile(r'^\t(?:(\w+)\s+)?([\w.]+) `json:"(\w*)', re.MULTILINE)
DESCRIBED_SCALARS = {"string", "integer", "boolean", "int-or-string"}


def main(module: Path, target: Path) -> None:
    """Write which fields of the compared types hold a scalar, and no pointer to one."""
    compared = json.loads(target.with_name("builtin.json").read_text(encoding="utf-8"))["types"]
    sources = {
        f"{file.parts[-3]}.{file.parts[-2]}": file.read_text(encoding="utf-8")
        for file in sorted(module.glob("*/*/types.go"))
    }
    scalars = SCALARS | {
        name for text in sources.values() for name, _ in NAMED_SCALAR.findall(text)
    }
    structs = {
        f"{package}.{name}": body
        for package, text in sources.items()
        for name, body in STRUCT.findall(text)
    }
    table = {
        name: plain
        for name, fields in sorted(compared.items())
        if name in structs and (plain := sorted(_plain(name, structs, scalars) & _scalar(fields)))
    }
    target.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{sum(map(len, table.values()))} fields -> {target}")  # noqa: T201


def _plain(name: str, structs: Mapping[str, str], scalars: set[str]) -> set[str]:
    return set(_plain_fields(name, structs, scalars))


def _plain_fields(name: str, structs: Mapping[str, str], scalars: set[str]) -> Iterator[str]:
    """The fields that hold a scalar, those of embedded structs included."""
    package = name.rpartition(".")[0]
    for field, go_type, json_name in FIELD.findall(structs.get(name, "")):
        if not field:
            yield from _plain_fields(f"{package}.{go_type}", structs, scalars)
        elif go_type.rpartition(".")[2] in scalars:
            yield json_name


def _scalar(fields: Mapping[str, object]) -> set[str]:
    """The fields that the API describes as scalars."""
    return {
        name
        for name, described in fields.items()
        if (described.get("of") if isinstance(described, dict) else described) in DESCRIBED_SCALARS
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("plain.json"))
