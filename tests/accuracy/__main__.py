"""Every mutation of every object, counted: `make accuracy`."""

from __future__ import annotations

import sys
from collections import Counter
from multiprocessing import Pool

from tests.accuracy.mutations import (
    ALARM,
    COVERED,
    FOUND,
    MISSED,
    QUIET,
    WRONG,
    Outcome,
    outcomes,
)
from tests.accuracy.subjects import is_more_than_itself, names_of_subjects, subject_named

COLUMNS = (FOUND, COVERED, QUIET, MISSED, WRONG, ALARM)


def main() -> int:
    """Try everything, print a table, and end with 1 where something is wrong."""
    counts: dict[str, Counter[str]] = {}
    bad: list[Outcome] = []
    print(f"{'kind':24}{'tried':>8}{'lists':>7}" + "".join(f"{word:>18}" for word in COLUMNS))
    with Pool() as pool:
        for name, found in pool.imap(everything, names_of_subjects()):
            kind = name.partition(" ")[0]
            count = counts.setdefault(kind, Counter())
            for outcome in found:
                count[outcome.verdict] += 1
                count["tried"] += 1
                count["lists"] += outcome.sort == "reorder"
            bad += [outcome for outcome in found if outcome.verdict in (MISSED, WRONG, ALARM)]
    for kind, count in sorted(counts.items()):
        print(row(kind, count))
    total = sum(counts.values(), Counter())
    print(row("all", total))
    changes = total["tried"] - total[QUIET] - total[ALARM]
    print(f"\nrecall {100 * (total[FOUND] + total[COVERED]) / changes:.2f} % of {changes} changes")
    print(f"false alarms {total[ALARM]} of {total[QUIET] + total[ALARM]} spellings and orders")
    for outcome in bad:
        print(
            f"  {outcome.verdict}: {outcome.kind}: {outcome.sort} {outcome.place}: {outcome.said}"
        )
    return 1 if bad else 0


def everything(name: str) -> tuple[str, list[Outcome]]:
    """Every outcome of one object, but for changes that rightly give more than one finding."""
    found = outcomes(subject_named(name))
    return name, [outcome for outcome in found if not is_more_than_itself(outcome)]


def row(kind: str, count: Counter[str]) -> str:
    numbers = "".join(f"{count[word]:>18}" for word in COLUMNS)
    return f"{kind:24}{count['tried']:>8}{count['lists']:>7}{numbers}"


if __name__ == "__main__":
    sys.exit(main())
