"""Who field managers are: people, pipelines, GitOps tools, controllers.

Here lives a table of the names that clients give themselves, as data with its sources.
In comes what an entry of managedFields says of its writer.
Out goes the writer's class: evidence, not proof, since a client may call itself anything.
"""

from __future__ import annotations

from driftcheck.doors import door

with door(__name__):
    from driftcheck.managers._table import TABLE, Row, class_of, hands_among
    from driftcheck.managers._writers import writer_of

__all__ = ["TABLE", "Row", "class_of", "hands_among", "writer_of"]
