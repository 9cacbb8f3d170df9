"""Saved answers: results of comparisons, and audits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from driftcheck.capture import without_collection
from driftcheck.codec import is_audit, read_audit, read_heads, read_result
from driftcheck.errors import ResultError
from driftcheck.model import Audit, FilePath, Head, Result
from driftcheck.sources import STANDARD_INPUT, Answer, read_answer_file
from driftcheck.verdict import audit_contradiction, contradiction


def load_result(file: str | FilePath) -> Result:
    """Read a saved result.

    Args:
        file: What `driftcheck compare -o json=FILE` wrote, or `render(result, "json")` gave;
            gzipped or not. `-` is standard input.

    Returns:
        The result; rendered again, it is what it was.

    Raises:
        StartError: The file is not there, is not a result, is of a newer version, or
            contradicts itself.
    """
    return _loaded(file, _result)


def load_audit(file: str | FilePath) -> Audit:
    """Read a saved audit.

    Args:
        file: What `driftcheck audit -o json=FILE` wrote, or `render_audit(audit, "json")` gave;
            gzipped or not. `-` is standard input.

    Returns:
        The audit; rendered again, it is what it was.

    Raises:
        StartError: The file is not there, is not an audit, is of a newer version, or
            contradicts itself.
    """
    return _loaded(file, _audit)


def load_answer(file: str | FilePath) -> Result | Audit:
    """Read a saved result or audit, whichever the file says that it is.

    Raises:
        StartError: It is neither; see `load_result` and `load_audit`.
    """
    return _loaded(file, lambda data, source: (_audit if is_audit(data) else _result)(data, source))


def load_heads(file: str | FilePath) -> tuple[Head, ...]:
    """The heads that an earlier look at a store found, as `history verify -o json=FILE` wrote.

    Raises:
        StartError: The file is not there, is none of these, or is of a newer version.
    """
    return _loaded(file, read_heads)


@without_collection()
def _loaded(file: str | FilePath, read: Callable[[bytes, str], Answer]) -> Answer:
    path = None if file == STANDARD_INPUT else Path(file)
    return read_answer_file(path, read, stdin=sys.stdin.buffer)


def _result(data: bytes, source: str) -> Result:
    result = read_result(data, source=source)
    if lie := contradiction(result):
        raise _changed(source, lie, again="compare anew")
    return result


def _audit(data: bytes, source: str) -> Audit:
    audit = read_audit(data, source=source)
    if lie := audit_contradiction(audit):
        raise _changed(source, lie, again="audit anew")
    return audit


def _changed(source: str, lie: str, *, again: str) -> ResultError:
    return ResultError(
        f"{source}: changed after it was written: {lie}",
        hint=f"copy the file again, or {again}",
    )
