"""Durations and moments, read by what they mean.

A custom resource's schema says which strings are one: `format: duration` or `date-time`.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction

_SPAN = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_DURATION = re.compile(rf"([+-]?)(0|(?:{_SPAN.pattern})+)")
_LONGEST = 100
"""Characters of a duration that is read; a longer one is a text like any other."""

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def duration(text: str) -> str | None:
    """The nanoseconds of a Go duration, `1h30m`; None if it is not one.

    https://pkg.go.dev/time#ParseDuration
    """
    matched = _DURATION.fullmatch(text)
    if not matched or len(text) > _LONGEST:
        return None
    spans = _SPAN.findall(matched[2])
    total = sum(int(Fraction(number.rstrip(".")) * _NANOSECONDS[unit]) for number, unit in spans)
    return str(-total if matched[1] == "-" else total)


def moment(text: str) -> str | None:
    """An RFC 3339 time in UTC, with all its digits; None if it is not one.

    https://www.rfc-editor.org/rfc/rfc3339#section-5.6
    """
    matched = _MOMENT.fullmatch(text)
    if not matched:
        return None
    day, clock, fraction, zone = matched.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{zone.upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    digits = (fraction or "").rstrip("0")
    return f"{whole:%Y-%m-%dT%H:%M:%S}{'.' if digits else ''}{digits}Z"
