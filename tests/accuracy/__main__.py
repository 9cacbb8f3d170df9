"""Every mutation of every object, every leaf and every attack, counted: `make accuracy`."""

from __future__ import annotations

import sys
from collections import Counter
from multiprocessing import Pool

from tests.accuracy.attacks import Success, makers, tried
from tests.accuracy.holes import HOLES, is_known
from tests.accuracy.leaves import Trial, names_of_bodies, trials, unseen
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
from tests.accuracy.oracle import is_rightly_nothing
from tests.accuracy.subjects import is_more_than_itself, names_of_subjects, subject_named

COLUMNS = (FOUND, COVERED, QUIET, MISSED, WRONG, ALARM)


def main() -> int:
    """Try everything, print tables, and end with 1 where something is wrong."""
    wrong = [mutations(), leaves(), attacks()]
    return 1 if any(wrong) else 0


def leaves() -> bool:
    """Change every leaf and list of every kind, by the API's documents; whether one was unseen."""
    print(f"\n{'leaves and lists of':36}{'tried':>8}{'excused':>10}{'unseen':>8}")
    total: Counter[str] = Counter()
    found: list[Trial] = []
    with Pool() as pool:
        for name, count, unseen in pool.imap(all_leaves, names_of_bodies()):
            print(f"{name:36}{count['tried']:>8}{count['excused']:>10}{len(unseen):>8}")
            total += count
            found += unseen
    print(f"{'all':36}{total['tried']:>8}{total['excused']:>10}{len(found):>8}")
    for trial in found:
        print(f"  unseen: {trial}")
    return bool(found)


def all_leaves(name: str) -> tuple[str, Counter[str], list[Trial]]:
    """Every change of one kind, how many a source excuses, and which were not seen."""
    tried = list(trials(name))
    excused = sum(map(is_rightly_nothing, tried))
    return name, Counter(tried=len(tried), excused=excused), unseen(name)


def attacks() -> bool:
    """Try every attack in every form; whether one succeeds that is no known hole."""
    print(f"\n{'attacks':50}{'tried':>8}{'unseen':>8}{'known':>8}")
    total: Counter[str] = Counter()
    found: list[Success] = []
    known_ones: list[Success] = []
    with Pool() as pool:
        for maker, count, successes in pool.imap(all_attacks, sorted(makers())):
            known = sum(map(is_known, successes))
            known_ones += filter(is_known, successes)
            print(f"{maker.replace('_', ' '):50}{count:>8}{len(successes) - known:>8}{known:>8}")
            total += Counter(tried=count, known=known)
            found += [success for success in successes if not is_known(success)]
    print(f"{'all':50}{total['tried']:>8}{len(found):>8}{total['known']:>8}")
    for success in found:
        print(f"  unseen: {success}")
    mended = [hole for hole in HOLES if not any(map(hole.covers, known_ones))]
    for hole in mended:
        print(f"  mended, so take it off the list of holes: {hole.maker}: {hole.attack}")
    return bool(found or mended)


def all_attacks(maker: str) -> tuple[str, int, list[Success]]:
    """Every attack of one maker."""
    return maker, *tried(maker)


def mutations() -> bool:
    """Try every mutation, found at its place or not; whether something is wrong."""
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
    return bool(bad)


def everything(name: str) -> tuple[str, list[Outcome]]:
    """Every outcome of one object, but for changes that rightly give more than one finding."""
    found = outcomes(subject_named(name))
    return name, [outcome for outcome in found if not is_more_than_itself(outcome)]


def row(kind: str, count: Counter[str]) -> str:
    numbers = "".join(f"{count[word]:>18}" for word in COLUMNS)
    return f"{kind:24}{count['tried']:>8}{count['lists']:>7}{numbers}"


if __name__ == "__main__":
    sys.exit(main())
