"""Files written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from driftcheck.errors import StartError

_DEVICE_FOLDERS = (Path("/dev"), Path("/proc"))


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    A pipe or a device, such as `/dev/stdout`, is simply written to.

    Args:
        path: The file; it may exist.
        data: All of its content.

    Raises:
        StartError: It could not be written; the old file, if any, is as it was.
    """
    try:
        if _is_stream(path):
            with path.open("ab") as stream:
                stream.write(data)
        else:
            _replace(path.resolve(), data)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise StartError(
            f"{path} could not be written: {reason}",
            hint="choose a file in a folder that exists, has room and may be written to",
        ) from None


def _is_stream(path: Path) -> bool:
    if any(path.absolute().is_relative_to(folder) for folder in _DEVICE_FOLDERS):
        return True
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _replace(path: Path, data: bytes) -> None:
    """Write beside the file, then put the new one in its place."""
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
