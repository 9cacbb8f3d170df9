"""What our saved files have in common: gzip, a version, and errors that name the place.

Each format has its own version, `driftcheck.NAME/vN` in `schema`: a reader takes every file
of its major version, ignores keys it does not know, and refuses a newer major version.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from attrs import frozen

from driftcheck.codec._limits import TOO_MANY, has_too_many_values
from driftcheck.errors import StartError
from driftcheck.model import Window

MAX_SIZE = 512 * 1024**2
"""How many bytes a file may have, also when it is unpacked."""

GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's way to say: 32 KiB of window, in a gzip envelope."""

_LONGEST = 200
_SCHEMA = re.compile(r"driftcheck\.([a-z]+)/v([1-9][0-9]{0,8})")
_READ_BY = {
    "snapshot": "`driftcheck compare` takes it as an environment, and `load` reads it",
    "result": "`driftcheck report` renders it again, and `load_result` reads it",
    "audit": "`driftcheck report` renders it again, and `load_audit` reads it",
    "images": "it says what runs where, for scripts to read",
    "look": "`history:ENV#NUMBER` names a look in a store",
    "wholeness": "`driftcheck history verify --at-least FILE` takes it",
}

_T = TypeVar("_T")
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that says of which zone it is."""


class Captured(msgspec.Struct):
    """A window, as every format has it."""

    start: Moment = msgspec.field(name="from")
    end: Moment = msgspec.field(name="to")
    quiescent: bool


def captured_of(window: Window) -> Captured:
    """The window, in UTC."""
    return Captured(window.start.astimezone(UTC), window.end.astimezone(UTC), window.quiescent)


class _Versioned(msgspec.Struct):
    schema: str


@frozen
class SavedFormat:
    """One of our file formats, in the one major version that there is.

    Args:
        noun: What a file of it is: `snapshot`.
        error: What a file is refused with.
        writer: How to get such a file, as a hint.
        again: How to get a whole one, as a hint.
    """

    noun: str
    error: type[StartError]
    writer: str
    again: str

    @property
    def schema(self) -> str:
        """What stands in `schema`."""
        return f"driftcheck.{self.noun}/v1"

    def is_in(self, data: bytes) -> bool:
        """Whether a file says that it is of this format, in whatever version."""
        try:
            unpacked = self.unpacked(data, "")
            schema = msgspec.json.decode(unpacked, type=_Versioned).schema
        except (self.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return schema.startswith(f"driftcheck.{self.noun}/")

    def decoded(self, data: bytes, kind: type[_T], source: str) -> _T:
        """Read a file's content, gzipped or not.

        Args:
            data: The content.
            kind: What the file is.
            source: What to call the file in errors.

        Returns:
            What stands in it.

        Raises:
            StartError: The format's own: the file is broken, something else, or newer.
        """
        return self.read(self.unpacked(data, source), kind, source)

    def read(self, text: bytes, kind: type[_T], source: str) -> _T:
        """Read a file's content that is unpacked; see `decoded`."""
        if has_too_many_values(text):
            raise self._too_large(source, TOO_MANY)
        with self.refusals(source):
            self._check_version(msgspec.json.decode(text, type=_Versioned).schema, source)
            return msgspec.json.decode(text, type=kind)

    @contextmanager
    def refusals(self, source: str) -> Iterator[None]:
        """Refuses a file in whose text something is found that can't be read."""
        try:
            yield
        except msgspec.ValidationError as error:
            raise self.damaged(source, told(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.damaged(source, "it is not JSON, or is cut off") from None

    def damaged(self, source: str, what: str) -> StartError:
        """The error that a broken file is refused with."""
        return self.error(f"{source}: not a readable {self.noun}: {what}", hint=self.again)

    def unpacked(self, data: bytes, source: str) -> bytes:
        """A file's content, gunzipped where it is gzipped."""
        if len(data) > MAX_SIZE:
            raise self._too_large(source, f"larger than {MAX_SIZE // 1024**2} MiB")
        if not data.startswith(GZIP):
            return data
        unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
        try:
            unpacked = unpacker.decompress(data, MAX_SIZE + 1)
        except zlib.error:
            raise self.damaged(source, "its compression is damaged") from None
        if len(unpacked) > MAX_SIZE:
            raise self._too_large(source, f"larger than {MAX_SIZE // 1024**2} MiB when unpacked")
        if not unpacker.eof:
            raise self.damaged(source, "it is cut off")
        if unpacker.unused_data:
            raise self.damaged(source, "something else follows it")
        if not unpacked.lstrip().startswith(b"{"):
            raise self.error(
                f"{source}: gzipped, and not a {self.noun}",
                hint="gunzip it first: only what driftcheck writes is read gzipped",
            )
        return unpacked

    def _too_large(self, source: str, what: str) -> StartError:
        return self.error(
            f"{source}: {what}", hint=f"no {self.noun} is that large: is this the right file?"
        )

    def _check_version(self, schema: str, source: str) -> None:
        if schema == self.schema:
            return
        found = _SCHEMA.fullmatch(schema)
        if found is None or found[1] not in _READ_BY:
            raise self.error(f"{source}: not a driftcheck {self.noun}", hint=self.writer)
        if found[1] != self.noun:
            raise self.error(
                f"{source}: a {schema}, and not a {self.noun}", hint=_READ_BY[found[1]]
            )
        raise self.error(
            f"{source}: written by a newer driftcheck, in version {found[2]} of the format",
            hint="upgrade driftcheck to read it",
        )


def told(error: msgspec.ValidationError) -> str:
    """What is wrong, and where, which stands last; a word of the file in between may be long."""
    text = str(error).replace("`", "").replace("$.", "")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… {text[-_LONGEST:]}"


def packed(encoded: bytes) -> bytes:
    """The content of a gzipped file, without a name or a time."""
    packer = zlib.compressobj(wbits=_GZIP_WINDOW)
    return packer.compress(encoded) + packer.flush()
