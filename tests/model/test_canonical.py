"""The canonical form: RFC 8785 where that says anything, and the same bytes everywhere."""

from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import canonical_bytes, canonical_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SAFE = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | SAFE | FLOATS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)

SECTION_3_2_2 = (
    {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\x0f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    },
    (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    ),
)
SECTION_3_2_3 = (
    {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7},
    '{"\\r":2,"1":4,"\x80":6,"\xf6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}',
)
APPENDIX_B = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
BEYOND = {
    2**53: "9007199254740992",
    2**53 + 1: "9007199254740993",
    -(2**53) - 1: "-9007199254740993",
    2**63 - 1: "9223372036854775807",
    -(2**63): "-9223372036854775808",
    2**64 - 1: "18446744073709551615",
}
"""Integers that RFC 8785 leaves out; Kubernetes has them, and they are written as they are."""


@pytest.mark.parametrize(("value", "text"), [SECTION_3_2_2, SECTION_3_2_3])
def test_examples_of_the_specification(value: Any, text: str) -> None:
    """The examples of RFC 8785 come out as it says."""
    assert canonical_json(value) == text.encode()


@pytest.mark.parametrize(("bits", "text"), APPENDIX_B.items())
def test_numbers_of_the_specification(bits: str, text: str) -> None:
    """The numbers of its appendix B come out as it says."""
    (number,) = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical_json(number) == text.encode()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_numbers(number: float) -> None:
    """What is no number of JSON has no form."""
    with pytest.raises(ValueError, match="no number of JSON"):
        canonical_json(number)


@pytest.mark.parametrize(("number", "text"), BEYOND.items())
def test_large_integers(number: int, text: str) -> None:
    """No integer is rounded to one that JavaScript can hold."""
    assert canonical_json([number]) == f"[{text}]".encode() == canonical_bytes([number])


@given(VALUES)
def test_as_others_write_it(value: Any) -> None:
    """Somebody else's implementation of RFC 8785 writes the same."""
    assert canonical_json(value) == rfc8785.dumps(value)


@given(st.dictionaries(TEXTS, TEXTS | SAFE | st.booleans() | st.lists(TEXTS)))
def test_content_of_objects(value: dict[str, Any]) -> None:
    """The content of an object has that form as well, whatever its keys are."""
    assert canonical_bytes(value) == rfc8785.dumps(value)


def test_a_float_is_no_integer() -> None:
    """1.0 and 1 stay two values, though RFC 8785 writes them alike."""
    assert canonical_bytes({"a": 1.0}) != canonical_bytes({"a": 1})
    assert canonical_bytes({"a": 0.5}) == b'{"a":0.5}'


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_hash_seeds(seed: str) -> None:
    """The order in which Python happens to keep things shows nowhere."""
    program = (
        "from driftcheck.model import Bag, Members, canonical_bytes;"
        "print(canonical_bytes({'b': Members({'x', 'y', 'z'}), 'a': Bag([{'q': 1}, {'p': 0.1}])}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
    )

    assert done.stdout == """b'{"a":[{"p":0.1},{"q":1}],"b":["x","y","z"]}'\n"""
