"""What a kubeconfig says means what it means to kubectl, or is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import yaml

from driftcheck.errors import KubeconfigError
from driftcheck.sources import connect, docker_logins
from driftcheck.sources._kubeconfig import read_access
from tests.sources.asking import JSON, TOKEN, Server, Write, quick


def authorization(server: Server) -> str | None:
    return server.seen[-1][2]["Authorization"]


@pytest.mark.parametrize("value", ["false", "no", "true", 0, "0"])
def test_true_and_false_are_no_texts(write: Write, server: Server, value: str | int) -> None:
    """A text is not taken for a boolean: a token would go to a server that proved nothing."""
    path = write({"token": TOKEN}, **{"insecure-skip-tls-verify": value})

    with pytest.raises(KubeconfigError, match="insecure-skip-tls-verify"):
        connect(kubeconfig=str(path))
    assert not server.seen


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"token": 5}, {}),
        ({"tokenFile": ["a"]}, {}),
        ({"username": 5, "password": "x"}, {}),
        ({"client-key-data": 5}, {}),
        ({"as-user-extra": {"a": "b"}}, {}),
        ({"exec": {"env": [{"name": 5}]}}, {}),
        ({"exec": {"args": "x"}}, {}),
        ({"auth-provider": {"name": "oidc", "config": {"client-id": 5}}}, {}),
        ({}, {"server": 5}),
        ({}, {"proxy-url": True}),
        ({}, {"tls-server-name": 5}),
    ],
)
def test_fields_have_types(write: Write, user: JSON, cluster: JSON) -> None:
    """A field of another type than kubectl's is refused, and its value not quoted."""
    with pytest.raises(KubeconfigError, match="is not a kubeconfig"):
        connect(kubeconfig=str(write(user, **cluster)))


def test_entries_that_are_not_used_have_types_as_well(write: Write) -> None:
    """Kubectl reads the whole file before it chooses a context, and so do we."""
    path = write({})
    content = yaml.safe_load(path.read_text())
    content["users"].append({"name": "bob", "user": {"token": 5}})
    path.write_text(yaml.safe_dump(content))

    with pytest.raises(KubeconfigError, match="is not a kubeconfig"):
        connect(kubeconfig=str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("current-context: y", "is not a kubeconfig"),
        ("current-context: a\n---\ncurrent-context: b", "several documents"),
        ("current-context: a\ncurrent-context: b", "a key that stands twice"),
        ("kind: Pod", "is not a kubeconfig"),
        ("apiVersion: v2", "is not a kubeconfig"),
        ("preferences: x", "is not a kubeconfig"),
        ("contexts: [{name: a, context: {namespace: 5}}]", "is not a kubeconfig"),
        ("current-context: 2026-01-01", "no context named '2026-01-01'"),
    ],
)
def test_yaml_is_read_as_kubectl_reads_it(tmp_path: Path, text: str, said: str) -> None:
    """A plain `y` is true and a date is a text; what could be two things is refused."""
    path = tmp_path / "config"
    path.write_text(text)

    with pytest.raises(KubeconfigError, match=said):
        connect(kubeconfig=str(path))


@pytest.mark.parametrize("what", ["context", "cluster", "user"])
def test_doubled_names(write: Write, what: str) -> None:
    """Two entries of one name in one file are refused, since clients choose differently."""
    path = write({"token": TOKEN})
    content = yaml.safe_load(path.read_text())
    content[f"{what}s"] += content[f"{what}s"]
    path.write_text(yaml.safe_dump(content))

    with pytest.raises(KubeconfigError, match=f"several {what}s named") as raised:
        connect(kubeconfig=str(path))
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    "user",
    [
        {"token": "old", "tokenFile": "token"},
        {"token": "", "tokenFile": "token"},
        {"token": None, "tokenFile": "token"},
        {"token": TOKEN, "tokenFile": ""},
        {"token": TOKEN, "tokenFile": "missing"},
        {"token": TOKEN, "tokenFile": "empty"},
    ],
)
def test_the_token_file_goes_first(
    write: Write, server: Server, tmp_path: Path, user: JSON
) -> None:
    """A token in a file goes before the one beside it, and an empty text counts as absent."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "empty").write_text("")

    with quick(write(user)) as connection:
        connection.get("/version")

    assert authorization(server) == f"Bearer {TOKEN}"


def test_a_name_and_a_password(write: Write, server: Server) -> None:
    """Who has a name and a password is asked for no token."""
    with quick(write({"username": "ann", "password": "p", "token": ""})) as connection:
        connection.get("/version")

    assert authorization(server) == "Basic YW5uOnA="


@pytest.mark.parametrize(
    "user",
    [
        {"token": "t", "username": "ann", "password": "p"},
        {"token": "t", "password": "p"},
        {"tokenFile": "t", "username": "ann"},
        {"exec": {"command": "x"}, "auth-provider": {"name": "oidc"}},
    ],
)
def test_several_credentials(write: Write, user: JSON) -> None:
    """Where a user could be two, kubectl asks as neither, and neither do we."""
    with pytest.raises(KubeconfigError, match=r" has .* and ") as raised:
        connect(kubeconfig=str(write(user)))
    assert raised.value.hint


@pytest.mark.parametrize(
    "server_of", ["10.1.2.3:6443", "http://kube.corp.example", "HTTP://10.1.2.3"]
)
@pytest.mark.parametrize("user", [{"token": TOKEN}, {"username": "ann", "password": TOKEN}])
def test_credentials_never_travel_in_clear(write: Write, user: JSON, server_of: str) -> None:
    """Without TLS a login goes to this machine alone."""
    with pytest.raises(KubeconfigError, match="in clear") as raised:
        connect(kubeconfig=str(write(user, server=server_of)))
    assert TOKEN not in str(raised.value)


def test_no_proxy_sees_credentials(write: Write) -> None:
    """A server on this machine that is asked by way of another one is not on this machine."""
    proxy = {"proxy-url": f"http://ann:{TOKEN}@10.1.2.3:3128"}
    with pytest.raises(KubeconfigError, match=r"to 10\.1\.2\.3 in clear") as raised:
        connect(kubeconfig=str(write({"token": "t"}, **proxy)))
    assert TOKEN not in str(raised.value)


def test_this_machine_may_be_asked_in_clear(write: Write, server: Server) -> None:
    """A server on this machine needs no TLS, with a scheme or without."""
    for place in (
        server.url,
        server.url.replace("http", "HTTP"),
        server.url.removeprefix("http://"),
    ):
        with quick(write({"token": TOKEN}, server=place)) as connection:
            assert connection.get("/version").status == 200
        assert authorization(server) == f"Bearer {TOKEN}"


@pytest.mark.parametrize("address", ["ftp://10.0.0.1", "https://", "https://[x", "https://a:b", ""])
def test_servers_that_are_none(write: Write, address: str) -> None:
    """An address that is none is said to be none."""
    with pytest.raises(KubeconfigError, match="server"):
        connect(kubeconfig=str(write({"token": TOKEN}, server=address)))


@pytest.mark.parametrize("by", ["--kubeconfig", "KUBECONFIG"])
def test_process_substitution(
    write: Write, server: Server, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """A kubeconfig from a pipe, `<(sops -d ...)`, is read once and used for every environment."""
    content = write({"token": TOKEN}).read_bytes()
    reading, writing = os.pipe()
    threading.Thread(target=lambda: (os.write(writing, content), os.close(writing))).start()
    path = f"/dev/fd/{reading}"
    if by == "KUBECONFIG":
        monkeypatch.setenv("KUBECONFIG", path)

    for _ in range(2):
        with connect(kubeconfig=path if by == "--kubeconfig" else None) as connection:
            assert connection.get("/version").status == 200
    os.close(reading)

    assert len(server.seen) == 2


def test_two_pipes_are_two(write: Write) -> None:
    """A pipe that has the number of an earlier one is another pipe."""
    content = write({"token": TOKEN}).read_bytes()
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    first = read_access(f"/dev/fd/{reading}", None)
    again, writing = os.pipe()
    os.dup2(again, reading)
    os.write(writing, content.replace(b"shop", b"prod"))
    os.close(writing)
    second = read_access(f"/dev/fd/{reading}", None)
    os.close(reading)
    os.close(again)

    assert first
    assert second
    assert (first.context, second.context) == ("shop", "prod")


def test_a_folder_is_no_kubeconfig(tmp_path: Path) -> None:
    """A folder is there, and no kubeconfig."""
    with pytest.raises(KubeconfigError, match="Is a directory"):
        connect(kubeconfig=str(tmp_path))


@pytest.mark.parametrize("content", ["", "apiVersion: v1\nkind: Config\n", "clusters: []\n"])
def test_an_empty_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service_account: None, content: str
) -> None:
    """In a pod a kubeconfig with nothing in it counts as none; elsewhere it is said to be empty."""
    path = tmp_path / "config"
    path.write_text(content)

    with connect(kubeconfig=str(path)) as connection:
        assert connection.user == "the pod's service account"
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    with pytest.raises(KubeconfigError, match=f"there is nothing in {path}"):
        connect(kubeconfig=str(path))


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home there is no kubeconfig in it."""

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(KubeconfigError, match="no kubeconfig found"):
        connect()
    assert docker_logins({})("registry.example") == ()


def test_a_home_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubeconfig that is there and can't be read is named, with what to do."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".kube").write_text("no folder")
    with pytest.raises(KubeconfigError, match=r"config: Not a directory") as raised:
        connect()
    assert "--kubeconfig" in raised.value.hint


def test_settings_are_not_shown(write: Write) -> None:
    """What a debugger or a traceback shows of a kubeconfig holds no credentials."""
    access = read_access(str(write({"token": TOKEN}, server=f"https://x:{TOKEN}@y")), None)

    assert access
    assert TOKEN not in f"{access!r} {access.user!r} {access.cluster!r}"
