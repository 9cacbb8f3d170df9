"""YAML that people are to review, in which nothing hides and nothing acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from driftcheck.reports._inert import inert, without_commands


class _Dumper(yaml.SafeDumper):
    """Writes texts between double quotes that hold what an escape has to be written for."""


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_plain = inert(text) == text and "::" not in text and "##" not in text
    style = None if is_plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)


def inert_yaml(content: Mapping[str, Any]) -> str:
    """YAML that means the same, with everything in its texts that hides or acts as escapes.

    Args:
        content: Plain values.

    Returns:
        The document, in the order of its keys. What is not inert stands between double quotes,
        where the escapes are YAML's own: https://yaml.org/spec/1.2.2/#57-escaped-characters.
    """
    written = yaml.dump(
        dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return without_commands("\n".join(map(inert, written.split("\n"))))
