"""Whether a label selector picks what has these labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from driftcheck.platform._inside import Body, inside, maps_in, text, texts_in


def selects(selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a selector picks these labels; no selector picks everything.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    wanted = inside(selector, "matchLabels")
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        is_met(expression, labels) for expression in maps_in(selector, "matchExpressions")
    )


def is_met(expression: Body, labels: Mapping[str, str]) -> bool:
    """Whether labels are as an expression wants them; one of an unknown sort may be met."""
    found = labels.get(text(expression, "key"))
    values = texts_in(expression, "values")
    match text(expression, "operator"):
        case "In":
            return found in values
        case "NotIn":
            return found not in values
        case "Exists":
            return found is not None
        case "DoesNotExist":
            return found is None
        case "Gt" | "Lt" as operator:
            return _is_beyond(found, values, is_more=operator == "Gt")
        case _:
            return True


def _is_beyond(found: str | None, limits: list[str], *, is_more: bool) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity."""
    try:
        value, limit = int(found or ""), int("".join(limits))
    except ValueError:
        return False
    return value > limit if is_more else value < limit
