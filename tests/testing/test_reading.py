"""Reading recordings."""

from __future__ import annotations

import gzip
from pathlib import Path

import attrs
import msgspec
import pytest

from driftcheck.errors import StartError
from driftcheck.testing import load_recording
from driftcheck.testing._answers import Answers
from driftcheck.testing._reading import Exchange, read_exchanges, understand


def as_json(content: bytes) -> object:
    """Content that may be JSON, by its meaning."""
    return msgspec.json.decode(content) if content.startswith(b"{") else content


def test_every_exchange_is_answered_as_it_was_recorded(recording_path: Path) -> None:
    """Whatever was asked when recording gets the recorded status, type and body again."""
    answers = Answers(load_recording(recording_path))

    for exchange in read_exchanges(recording_path):
        known = exchange.user if exchange.user != "unknown" else None
        answer = answers.answer(attrs.evolve(exchange.request, user=known))

        assert (exchange.status, exchange.type) == (answer.status, answer.type)
        assert as_json(exchange.answer) == as_json(answer.body)


def test_order_of_exchanges_means_nothing(equal_path: Path) -> None:
    """A recording says the same, whatever the order of its lines."""
    exchanges = read_exchanges(equal_path)

    there, back = understand(exchanges), understand(exchanges[::-1])

    assert there.documents == back.documents
    assert there.resources == back.resources
    assert there.users == back.users
    assert {place: held.objects for place, held in there.collections.items()} == {
        place: held.objects for place, held in back.collections.items()
    }


def test_legacy_discovery_tells_of_the_same_kinds(equal_path: Path) -> None:
    """Kinds are known from either form of discovery."""
    exchanges = read_exchanges(equal_path)
    legacy = [exchange for exchange in exchanges if "as=APIGroup" not in exchange.type]

    assert set(understand(exchanges).resources) == set(understand(legacy).resources)


def write(path: Path, *exchanges: object) -> Path:
    """Write a recording."""
    lines = b"\n".join(map(msgspec.json.encode, exchanges))
    path.write_bytes(gzip.compress(lines))
    return path


NODES = {"kind": "NodeList", "apiVersion": "v1", "metadata": {}}
LIST = {"path": "/api/v1/nodes?limit=500", "status": 200, "type": "application/json"}


@pytest.mark.parametrize(
    ("exchange", "said"),
    [
        ({"path": "/version"}, "line 1 is not an exchange"),
        (["not", "an", "object"], "line 1 is not an exchange"),
        (LIST | {"body": {"items": []}}, "is not a recording"),
        (LIST | {"body": "text"}, "is not a recording"),
        (LIST | {"body": {"kind": "NodeList", "apiVersion": "v1"}}, "is not a recording"),
        (LIST | {"body": {**NODES, "items": [{}]}}, "is not a recording"),
        (LIST | {"body": {**NODES, "items": [{"metadata": {}}]}}, "object without a name"),
        (LIST | {"path": "/version", "body": {}}, "holds no discovery"),
    ],
)
def test_malformed_lines_are_refused(tmp_path: Path, exchange: object, said: str) -> None:
    """A file that is no recording is refused with its name and the reason."""
    path = write(tmp_path / "broken.jsonl.gz", exchange)

    with pytest.raises(StartError, match=said) as caught:
        load_recording(path)

    assert str(path) in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, equal_path: Path) -> None:
    """A missing, plain, damaged or empty file is refused with a clear word."""
    plain = tmp_path / "plain"
    plain.write_text("{}\n")
    damaged = tmp_path / "damaged"
    damaged.write_bytes(equal_path.read_bytes()[:5000])

    for path, said in [
        (tmp_path / "missing", "No such file"),
        (tmp_path, "Is a directory"),
        (plain, "not gzipped"),
        (damaged, "cut short"),
        (write(tmp_path / "empty"), "no discovery"),
    ]:
        with pytest.raises(StartError, match=said):
            load_recording(path)


def test_only_path_status_type_and_body_are_needed() -> None:
    """An exchange without a user or an Accept header is the administrator's plain one."""
    line = b'{"path": "/version", "status": 200, "type": "application/json", "body": {}}'

    exchange = msgspec.json.decode(line, type=Exchange)

    assert exchange.request.user == "admin"
    assert exchange.request.accept == ""
