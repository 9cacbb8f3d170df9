"""The definitions of custom resources, which decide what a server returns of their objects.

What an object lacks is filled in, and what nobody knows is left out, whenever it is read, as its
definition says at that time: its resourceVersion stays what it was.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from attrs import frozen

from driftcheck.model import Window, managers_of
from driftcheck.sources import Refusal

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_CONVERTED_BY_NOBODY = "None"
_PROPAGATION = timedelta(minutes=5)
"""After which a definition surely holds at every server of a cluster, whatever its clock says."""


@frozen
class Definition:
    """How the definition of a custom resource stands.

    Args:
        found: The CustomResourceDefinition, or why it could not be read.
    """

    found: Mapping[str, Any] | Refusal

    def doubt(self, state: str | None, window: Window | None) -> str | None:
        """Why objects that were read earlier may be other ones now.

        Args:
            state: The state of the definition at that time; see `state_of`.
            window: When they were read.

        Returns:
            The reason; None where the definition was the same all along, and is all that counts.
        """
        if isinstance(self.found, Refusal):
            return f"its definition could not be read: {self.found.reason}"
        metadata = self.found["metadata"]
        if state is None or state_of(metadata) != state:
            return "its definition is another one"
        if _strategy(self.found) != _CONVERTED_BY_NOBODY:
            return "a webhook converts its objects, as nobody here can tell"
        written = _written(metadata)
        if window is None or written is None or written > window.start - _PROPAGATION:
            return "its definition was new"
        return None


def state_of(metadata: Mapping[str, Any]) -> str | None:
    """A digest that changes with the specification of a definition; None where nothing tells.

    The generation goes up with each of its changes; when and by whom it was written sets apart
    the histories of a cluster that was restored from a backup.
    https://github.com/kubernetes/apiextensions-apiserver/blob/master/pkg/registry/customresourcedefinition/strategy.go
    """
    uid, generation = metadata.get("uid"), metadata.get("generation")
    if not (uid and generation):
        return None
    writers = [found for found in managers_of(metadata) if found.get("subresource") != "status"]
    content = msgspec.json.encode([uid, generation, writers], order="sorted")
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _strategy(definition: Mapping[str, Any]) -> Any:
    spec = definition.get("spec")
    conversion = spec.get("conversion") if isinstance(spec, dict) else None
    return conversion.get("strategy") if isinstance(conversion, dict) else None


def _written(metadata: Mapping[str, Any]) -> datetime | None:
    """When the definition was last written; None where it does not say so."""
    times = [found.get("time") for found in managers_of(metadata)]
    try:
        return max(msgspec.convert([metadata.get("creationTimestamp"), *times], list[_Moment]))
    except msgspec.ValidationError:
        return None
