"""For each rule that takes something away, environments that differ behind it."""

from tests.accuracy.attacks import (  # noqa: F401 - each registers its attacks
    _chosen,
    _controllers,
    _endpoints,
    _environment,
    _metadata,
    _names,
    _operators,
    _ownership,
    _pods,
    _secrets,
    _values,
)
from tests.accuracy.attacks._attack import (
    ATTACKS,
    Attack,
    Success,
    attacks_on,
    control,
    makers,
    successes,
    tried,
)
from tests.accuracy.attacks._rules import rules

__all__ = [
    "ATTACKS",
    "Attack",
    "Success",
    "attacks_on",
    "control",
    "makers",
    "rules",
    "successes",
    "tried",
]
