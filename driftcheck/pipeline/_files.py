"""The verbs of files: load and save."""

from __future__ import annotations

import sys
from pathlib import Path

from driftcheck.capture import without_collection
from driftcheck.codec import snapshot_bytes
from driftcheck.errors import SnapshotError
from driftcheck.model import FilePath, Snapshot
from driftcheck.pipeline._silence import silent
from driftcheck.sources import (
    file_address,
    read_address,
    write_atomically,
)


@silent
@without_collection()
def load(file: str | FilePath) -> Snapshot:
    """Read a saved snapshot.

    Args:
        file: What `Snapshot.save` or `driftcheck capture` wrote.

    Returns:
        The snapshot, under the file's name.

    Raises:
        StartError: The file is not there, is not a snapshot, or is of a newer version.
    """
    found = read_address(file_address(Path(file)), stdin=sys.stdin.buffer)
    if not isinstance(found, Snapshot):
        raise SnapshotError(
            f"{file}: not a snapshot, but manifests",
            hint="pass a path to `capture` or `compare` to use manifests",
        )
    return found


def save(snapshot: Snapshot, file: str | FilePath) -> None:
    """Write a snapshot to a file: the whole of it, or nothing.

    Args:
        snapshot: What to write.
        file: Where; gzipped if the name ends in `.gz`.

    Raises:
        StartError: The file can't be written.
    """
    compressed = Path(file).suffix == ".gz"
    write_atomically(Path(file), snapshot_bytes(snapshot, compressed=compressed))
