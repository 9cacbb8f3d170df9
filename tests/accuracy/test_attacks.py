"""Nothing hides behind a rule: a sample of what `make accuracy` tries all of."""

from __future__ import annotations

import pytest

from driftcheck.model import Verdict
from driftcheck.pipeline import compare_snapshots
from tests import ways
from tests.accuracy.attacks import ATTACKS, Attack, makers, rules, tried
from tests.accuracy.holes import HOLES, is_known
from tests.accuracy.leaves import names_of_bodies, unseen
from tests.accuracy.worlds import LIVE
from tests.docs.pages import code_spans, rows, section

FEW = 2
"""How many attacks of each maker are tried here."""


def test_every_rule_is_attacked() -> None:
    """Who adds a rule that takes something away writes an attack on it."""
    assert rules() <= set(ATTACKS)
    assert [name for name, made in ATTACKS.items() if not made] == []


@pytest.mark.parametrize(
    "table", ["Kinds that are left out", "Objects that are left out", "What is normalized"]
)
def test_every_documented_rule_is_attacked(table: str) -> None:
    """Every rule that the documentation names has an attack."""
    documented = {
        name
        for cells in rows(section("docs/comparison.md", table))
        for name in code_spans(cells[0])
    }
    assert documented - set(ATTACKS) - BY_THE_SERVER == set()


BY_THE_SERVER = {"not-listable", "unserved", "cluster-scoped", "shop"}
"""What the server itself says of a kind, which nobody in a namespace can write."""


@pytest.mark.parametrize("maker", sorted(makers()))
def test_attacks(maker: str) -> None:
    """No two environments that differ in substance are identical, and an untouched pair is."""
    made = sum(len(attack.forms) for attack in makers()[maker]())
    _, found = tried(maker, one_in=max(1, made // FEW))

    assert [str(success) for success in found if not is_known(success)] == []


@pytest.mark.parametrize("maker", sorted(makers())[::6])
def test_attack_over_http(maker: str) -> None:
    """What is seen of snapshots is seen of a server and of what was saved of it."""
    attack = next((made for made in makers()[maker]() if _can_be_served(made)), None)
    if attack is None:
        pytest.skip("its kinds are not those of the recorded server")
    left, right = ways.twin(attack.left), ways.twin(attack.right)

    for sides in ([left, right], [ways.saved(right), ways.saved(left)]):
        said = compare_snapshots(sides, **attack.asked).verdict
        assert said is not Verdict.IDENTICAL or is_known_maker(maker), attack.said


def _can_be_served(attack: Attack) -> bool:
    """Whether the recorded server has the kinds, and the attack is one of live namespaces."""
    kinds = {body["apiVersion"] for body in (*attack.left.values(), *attack.right.values()) if body}
    served = {name.rpartition(" ")[0] for name in names_of_bodies()} | {"v1"}
    return LIVE in attack.forms and kinds <= served and attack.namespace == ways.STAGING


def is_known_maker(maker: str) -> bool:
    """Whether one of a maker's attacks is a known hole."""
    return any(hole.maker == maker for hole in HOLES)


@pytest.mark.parametrize("name", names_of_bodies())
def test_leaves(name: str) -> None:
    """No change of a leaf or a list goes unseen, unless the API's documents excuse it."""
    large = (
        400 if "template" in name.lower() or name.startswith(("apps", "batch", "v1 Pod")) else 100
    )

    assert [str(trial) for trial in unseen(name, step=large, start=sum(map(ord, name)))] == []
