"""The table of what runs where: for a terminal, a spreadsheet, a pull request, or a script."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import click

from driftcheck.codec import image_table_json
from driftcheck.errors import UsageError
from driftcheck.model import ContainerImage, ImageRow, ImageTable, counted
from driftcheck.reports._choices import IMAGE_FORMATS
from driftcheck.reports._csv import csv_table, plain_cell
from driftcheck.reports._inert import inert, without_commands
from driftcheck.reports._markup import escaped, markdown_table
from driftcheck.reports._words import NOT_THERE, short_digest, table

_SAME = {True: "same", False: "DIFFERS", None: "?"}
_COLOURS = {True: "green", False: "red", None: "yellow"}
_TAG = re.compile(r"([^,]+)(:[^/,@]+)")
_LONG_DIGEST = re.compile(r"(sha[0-9]+:[0-9a-f]{12})[0-9a-f]+")
_ROLES = {
    "initContainers": " (init)",
    "ephemeralContainers": " (ephemeral)",
    "volumes": " (volume)",
}
"""What stands behind the names of those that are not the containers of a pod."""
_COLUMNS = (
    "group",
    "kind",
    "name",
    "container",
    "environment",
    "image",
    "mutable",
    "digests",
    "same",
    "tag_digest",
    "role",
    "note",
)


def render_images(
    images: ImageTable,
    format: str = "text",  # noqa: A002 - the contract's word
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """Render the table of what runs where.

    Args:
        images: What `list_images` returned.
        format: `text`, `csv`, `json` or `markdown`.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has; a table is as wide as it must be.

    Returns:
        The table, with a newline at its end.

    Raises:
        UsageError: There is no such format.
    """
    if format not in IMAGE_FORMATS:
        raise UsageError(
            f"{format!r} is not a format", hint=f"choose one of: {', '.join(IMAGE_FORMATS)}"
        )
    return _WRITERS[format](images, color, width)


def _text(images: ImageTable, color: bool, _width: int) -> str:
    heading, *rows = table([_heading(images), *(_cells(row, images) for row in images.rows)])
    said = [_dim(heading, color)] if images.rows else ["nothing runs"]
    for row, line in zip(images.rows, rows, strict=True):
        start = line.rstrip().rpartition(_SAME[row.same])[0]
        said.append(start + _styled(_SAME[row.same], _COLOURS[row.same], color))
    said += [_summary(images)] if images.rows else []
    said += map(_short, _notes(images))
    said += [f"not complete: {_short(reason)}" for reason in images.reasons]
    return without_commands("\n".join(said) + "\n")


def _summary(images: ImageTable) -> str:
    """How many containers are the same, differ, or leave it open."""
    answers = Counter(row.same for row in images.rows)
    counts = ((True, "same"), (False, "differ"), (None, "can't be compared (?)"))
    said = [f"{answers[same]} {words}" for same, words in counts if answers[same]]
    return f"{counted(len(images.rows), 'container')}: {', '.join(said)}"


def _notes(images: ImageTable) -> Iterator[str]:
    """What is to be said of single rows, and of tags that have moved on since."""
    for row in images.rows:
        for remark in _remarks(row, images):
            yield f"{row.workload} {row.container}: {remark}"


def _remarks(row: ImageRow, images: ImageTable) -> Iterator[str]:
    if len(row.environments) < len(images.environments):
        yield f"only in {' and '.join(row.environments)}"
    if row.note:
        yield row.note
    moved: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for name, found in row.environments.items():
        if found.tag_digest and found.tag_digest not in found.digests:
            moved[found.image, found.tag_digest].append(name)
    for (image, digest), names in moved.items():
        yield f"{image} points to {digest} now, which no pod of {' or '.join(names)} reports"


def _styled(text: str, colour: str, color: bool) -> str:
    return click.style(text, fg=colour) if color else text


def _dim(text: str, color: bool) -> str:
    return click.style(text, dim=True) if color else text


def _heading(images: ImageTable) -> tuple[str, ...]:
    return ("workload", "container", "image", "tag", *map(inert, images.environments), "same")


def _cells(row: ImageRow, images: ImageTable) -> tuple[str, ...]:
    """The row in words."""
    image, declared = _declared(row)
    is_mutable = any(found.mutable for found in row.environments.values())
    running = [
        f"{declared.get(name, '')} {_running(row.environments.get(name))}".strip()
        for name in images.environments
    ]
    tag = "mutable" if is_mutable else "fixed"
    container = inert(row.container) + _ROLES.get(row.role, "")
    return (inert(str(row.workload)), container, image, tag, *running, _SAME[row.same])


def _declared(row: ImageRow) -> tuple[str, dict[str, str]]:
    """What is declared everywhere, and beside it what each environment declares of its own."""
    images = {name: _short(str(found.image)) for name, found in row.environments.items()}
    if len(set(images.values())) == 1:
        return next(iter(images.values())), {}
    parts = {name: _TAG.fullmatch(image) for name, image in images.items()}
    repositories = {part[1] if part else None for part in parts.values()}
    if len(repositories) == 1 and None not in repositories:
        return str(*repositories), {name: part[2] for name, part in parts.items() if part}
    return "", images


def _short(text: str) -> str:
    """A text without what a terminal would obey, and with digests as long as they need to be."""
    return _LONG_DIGEST.sub(r"\1", inert(text))


def _running(found: ContainerImage | None) -> str:
    if found is None:
        return NOT_THERE
    return ", ".join(map(short_digest, map(inert, found.digests))) or "unknown"


def _markdown(images: ImageTable, _color: bool, _width: int) -> str:
    heading = _heading(images)
    rows = [map(escaped, _cells(row, images)) for row in images.rows]
    said = [*_notes(images), *(f"not complete: {reason}" for reason in images.reasons)]
    lines = [
        markdown_table(list(map(escaped, heading)), rows),
        "",
        *(f"* {escaped(_short(text))}" for text in said),
    ]
    return without_commands("\n".join(lines).rstrip() + "\n")


def _csv(images: ImageTable, _color: bool, _width: int) -> str:
    """A line for each container and environment."""
    return csv_table(_COLUMNS, _records(images))


def _records(images: ImageTable) -> Iterator[list[str]]:
    for row in images.rows:
        for name, found in row.environments.items():
            texts = [
                *row.workload,
                row.container,
                name,
                str(found.image),
                str(found.mutable).lower(),
                " ".join(found.digests),
                "" if row.same is None else str(row.same).lower(),
                found.tag_digest or "",
                row.role,
                row.note or "",
            ]
            yield list(map(plain_cell, texts))


_WRITERS: dict[str, Callable[[ImageTable, bool, int], str]] = {
    "csv": _csv,
    "json": lambda images, _color, _width: image_table_json(images),
    "markdown": _markdown,
    "text": _text,
}
