"""Paths as findings print them."""

from __future__ import annotations

import pytest

from driftcheck.model import Field, FieldPath, Index, Item, Member, format_path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        ((Field("spec"), Field("replicas")), "spec.replicas"),
        ((Field("volumes"), Item((("name", "a"),)), Field("emptyDir")), "volumes[name=a].emptyDir"),
        (
            (Field("ports"), Item((("containerPort", 53), ("protocol", "UDP")))),
            "ports[containerPort=53,protocol=UDP]",
        ),
        ((Field("finalizers"), Member("x")), "finalizers[=x]"),
        ((Field("args"), Index(2)), "args[2]"),
        ((Field("annotations"), Field("a.b/c")), 'annotations["a.b/c"]'),
        ((Field("data"), Field("settings.yaml"), Field("cache")), 'data["settings.yaml"].cache'),
        ((Field("args"), Member("a ]b")), 'args[="a ]b"]'),
        ((Field("args"), Member('say "hi"')), r'args[="say \"hi\""]'),
        ((Field("labels"), Field("")), 'labels[""]'),
    ],
)
def test_format(path: FieldPath, text: str) -> None:
    """A path is written by the contract's grammar."""
    assert text == format_path(path)
