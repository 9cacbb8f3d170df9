"""What every document in JUnit's XML is made of: one suite, with its cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from driftcheck.reports._inert import without_commands
from driftcheck.reports._sentences import short

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, https://www.w3.org/TR/xml/#charsets."""


def junit_suite(
    name: str, properties: Mapping[str, str], cases: list[Element], said: Iterable[str]
) -> str:
    """A document with one suite.

    Args:
        name: What the suite is called.
        properties: What it says of itself, such as the verdict.
        cases: Its cases; those of one name are numbered.
        said: What is to be said of all of it, in sentences.
    """
    _name_apart(cases)
    suite = Element("testsuite", {"name": name, **_counts(cases)})
    told = SubElement(suite, "properties")
    for key, value in properties.items():
        SubElement(told, "property", name=key, value=legal(value))
    suite.extend(cases)
    SubElement(suite, "system-out").text = legal_lines(f"- {short(text, 1000)}" for text in said)
    root = Element("testsuites", name="driftcheck")
    root.append(suite)
    indent(root)
    written = tostring(root, encoding="unicode")
    report = f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'
    return without_commands(report, escape="&#{};".format)


def _name_apart(cases: Iterable[Element]) -> None:
    """Number the cases that would bear the same name: of those a reader may keep one only."""
    met: Counter[str] = Counter()
    for case in cases:
        name = case.attrib["name"]
        met[name] += 1
        if met[name] > 1:
            case.set("name", f"{name} ({met[name]})")


def _counts(cases: list[Element]) -> dict[str, str]:
    found = Counter(child.tag for case in cases for child in case)
    return {
        "tests": str(len(cases)),
        "failures": str(found["failure"]),
        "errors": str(found["error"]),
        "skipped": str(found["skipped"]),
    }


def legal_lines(lines: Iterable[str]) -> str:
    return legal("\n".join(lines))


def legal(text: str) -> str:
    """The text with what XML has no way to write as an escape."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
