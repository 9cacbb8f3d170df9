"""On which line of a YAML or JSON text a value stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lines:
    """The lines of a text's values.

    Args:
        text: One document that `yaml_documents` reads.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, steps: Sequence[str | int]) -> int:
        """The line of what stands at a place, or of the nearest thing around it.

        Args:
            steps: Keys and positions, from the outside inwards.

        Returns:
            The line, the first is 1.
        """
        node, line = self._root, 1
        for step in steps:
            found = _inside(node, step)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line

    @cached_property
    def _root(self) -> Any:
        """The text as nodes; none where it is JSON that is no YAML, such as of two-part escapes."""
        try:
            return yaml.compose(self._text, Loader=_Loader)
        except yaml.YAMLError:
            return None


def _inside(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """What says where a step leads, and what it leads to; None where it leads nowhere."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
