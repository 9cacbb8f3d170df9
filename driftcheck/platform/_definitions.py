"""The definitions of the custom resources that stand in a namespace."""

from __future__ import annotations

from driftcheck.platform._inside import Inside
from driftcheck.platform._kinds import DEFINITION
from driftcheck.platform._outside import Outside, Said


def definitions(here: Inside, outside: Outside) -> Said:
    """The definition of each kind of custom resource of which an object is there."""
    for kind in here.kinds:
        if kind in here.definitions:
            first = here.of(kind)[0].reference
            yield from outside.follow(DEFINITION, here.definitions[kind], str(first))
