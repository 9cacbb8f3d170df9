"""The verbs of files: load and save."""

from __future__ import annotations

import sys
from pathlib import Path

from driftcheck.capture import without_collection
from driftcheck.codec import snapshot_bytes
from driftcheck.errors import ResultError, SnapshotError
from driftcheck.model import FilePath, Result, Snapshot
from driftcheck.pipeline._silence import silent
from driftcheck.sources import (
    STANDARD_INPUT,
    file_address,
    read_address,
    read_result_file,
    write_atomically,
)
from driftcheck.verdict import contradiction


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


@without_collection()
def load_result(file: str | FilePath) -> Result:
    """Read a saved result.

    Args:
        file: What `driftcheck compare -o json=FILE` wrote, or `render(result, "json")` gave;
            gzipped or not. `-` is standard input.

    Returns:
        The result; rendered again, it is what it was.

    Raises:
        StartError: The file is not there, is not a result, is of a newer version, or
            contradicts itself.
    """
    path = None if file == STANDARD_INPUT else Path(file)
    result = read_result_file(path, stdin=sys.stdin.buffer)
    lie = contradiction(result)
    if lie:
        raise ResultError(
            f"{path or 'standard input'}: changed after it was written: {lie}",
            hint="copy the file again, or compare anew",
        )
    return result


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
