"""Which environments agree on a field, and which of them is the odd one out."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from string import ascii_uppercase

from attrs import frozen

from driftcheck.reports._words import NOT_THERE, Line

_ONE_AGAINST_THE_REST = 2


@frozen
class Agreement:
    """Who agrees with whom on a field.

    Args:
        groups: Environments that have the same there, or all nothing; the baseline's group first.
        letters: By environment: `A` for what the first has that has something, `B` for what is
            there instead, and so on; `—` for nothing.
        odd: The one environment that stands alone while all others agree; None where there is
            none, as between two.
    """

    groups: tuple[tuple[str, ...], ...]
    letters: dict[str, str]
    odd: str | None


def agreement(line: Line, environments: Sequence[str]) -> Agreement:
    """Who agrees with whom on what a line is about: of an image, on what is declared and runs.

    Args:
        line: The line.
        environments: The names of all that were compared, the baseline first.
    """
    having: dict[str, list[str]] = defaultdict(list)
    for name in environments:
        having[_there(line, name)].append(name)
    groups = tuple(map(tuple, having.values()))
    return Agreement(groups, _letters(having), _odd(groups))


def _there(line: Line, name: str) -> str:
    """What one environment has; empty for nothing."""
    findings = [found for found in (line.finding, line.running) if found]
    values = [[found.values[name]] if name in found.values else [] for found in findings]
    return json.dumps(values, sort_keys=True) if any(values) else ""


def _letters(having: dict[str, list[str]]) -> dict[str, str]:
    values = [value for value in having if value]
    letters = {value: _letter(rank) for rank, value in enumerate(values)} | {"": NOT_THERE}
    return {name: letters[value] for value, names in having.items() for name in names}


def _letter(rank: int) -> str:
    """`A` to `Z`, then `A1` to `Z1`, and so on."""
    round_, place = divmod(rank, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(round_) if round_ else "")


def _odd(groups: tuple[tuple[str, ...], ...]) -> str | None:
    alone = [group for group in groups if len(group) == 1]
    if len(groups) == _ONE_AGAINST_THE_REST and len(alone) == 1:
        return alone[0][0]
    return None
