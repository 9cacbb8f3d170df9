"""What `kubectl apply` keeps in an object: the manifest that it was given last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from driftcheck.codec import located_documents
from driftcheck.errors import ManifestError
from driftcheck.model import GroupKind
from driftcheck.sources._objects import Found, objects_in


class NotAppliedError(Exception):
    """It tells of another object, as where somebody made this one of a copy of that."""


def read_applied(text: str, kind: GroupKind, name: str, namespace: str) -> Mapping[str, Any] | None:
    """The manifest of an object.

    Args:
        text: What the annotation holds.
        kind: The object's kind.
        name: Its name.
        namespace: Where it stands.

    Returns:
        The manifest, in that namespace; None where the annotation is not what kubectl writes.

    Raises:
        NotAppliedError: It is the manifest of another object.
    """
    try:
        documents = located_documents(text.encode(errors="surrogatepass"), source="")
        found = [item for each in documents for item in objects_in(each.value, "")]
    except ManifestError:
        return None
    item = found[0] if len(found) == 1 else None
    if not isinstance(item, Found):
        return None
    if (item.group_kind, item.name) != (kind, name) or item.namespace not in (None, namespace):
        raise NotAppliedError
    return {**item.body, "metadata": {**item.body["metadata"], "namespace": namespace}}
