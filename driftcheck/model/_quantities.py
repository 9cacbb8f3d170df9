"""Resource quantities, read exactly.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from math import ceil

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([eE][+-]?[0-9]{1,3})|(n|u|m|k|[KMGTPE]i|[MGTPE]))?"
)
_LONGEST = 1_000
"""Characters of a quantity that is read; a longer one is a text like any other."""
_NANO = 10**9
_MILLI = 10**3
_SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    **{suffix: Fraction(1000**power) for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Fraction(1024**power) for power, suffix in enumerate("KMGTPE", start=1)},
}


@lru_cache(maxsize=4096)
def quantity(text: str, parts: int = _NANO) -> str | None:
    """The number a quantity means, as an exact decimal or ratio; None if it is not a quantity.

    Like the API server, it rounds up to the next nano, or the next of so many parts of one.
    """
    matched = _QUANTITY.fullmatch(text)
    if not matched or len(text) > _LONGEST:
        return None
    digits, exponent, suffix = matched.groups()
    number = Fraction(digits)
    if exponent:
        number *= Fraction(10) ** int(exponent[1:])
    if suffix:
        number *= _SUFFIXES[suffix]
    return str(Fraction(ceil(number * parts), parts))


def resource_quantity(text: str) -> str | None:
    """Likewise of a resource in limits, requests or a quota, which is rounded up to the next milli.

    `SetDefaults_ResourceList` in pkg/apis/core/v1/defaults.go of Kubernetes.
    """
    return quantity(text, _MILLI)
