"""Connections: whom we ask, as whom, how patiently, and what we never say."""

from __future__ import annotations

import contextlib
import logging
import os
import pty
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftcheck.errors import ClusterError, KubeconfigError
from driftcheck.sources import Cluster, connect
from driftcheck.sources._kubeconfig import read_access
from tests.sources.asking import JSON, TOKEN, Server, Write, complaint, credential, quick


def test_kubeconfig_set_late_is_used(
    write: Write, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`$KUBECONFIG` is read when a connection is opened, not when a module is imported."""
    import kubernetes.config  # noqa: F401 - whose default was fixed by now

    monkeypatch.setenv("KUBECONFIG", str(write({"token": TOKEN})))
    with connect() as connection:
        assert connection.get("/version").status == 200
    assert server.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_the_first_file_wins(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many kubeconfigs the first to set something wins; missing and empty ones do not matter."""
    first = write({"token": "first"}, "first")
    content = yaml.safe_load(first.read_text())
    second = tmp_path / "second"
    content["users"][0]["user"]["token"] = "second"
    content["current-context"] = "other"
    second.write_text(yaml.safe_dump(content))
    (tmp_path / "empty").write_text("")
    paths = [tmp_path / "missing", tmp_path / "empty", first, second]
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, paths)))
    access = read_access(None, None)
    assert access is not None
    assert (access.context, access.user.token) == ("shop", "first")


def test_relative_paths_are_relative_to_their_file(
    write: Write, server: Server, tmp_path: Path
) -> None:
    """A path in a kubeconfig means the same from every working directory."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    with quick(write({"tokenFile": "token"})) as connection:
        connection.get("/version")
    assert server.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_an_unknown_context_is_an_error(write: Write) -> None:
    """A context that is not there is named, together with those that are."""
    with pytest.raises(KubeconfigError, match="no context named 'prod'") as raised:
        connect(kubeconfig=str(write({})), context="prod")
    assert "shop" in raised.value.hint


def test_no_kubeconfig_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a pod there is nothing to fall back on without a kubeconfig."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(KubeconfigError, match="missing, which is not there"):
        connect()


@pytest.mark.parametrize(
    "content",
    [
        "- a list",
        "contexts: 5",
        "contexts: [5]",
        "current-context: [x]",
        "{current-context: x, contexts: [{name: x, context: {cluster: x}}], clusters: [{name: x}]}",
    ],
)
def test_a_file_that_is_no_kubeconfig(tmp_path: Path, content: str) -> None:
    """Whatever YAML a file holds, it is used or refused with a word, never with a traceback."""
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(KubeconfigError):
        connect(kubeconfig=str(path))


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"exec": 5}, {}),
        ({"exec": {"command": 5}}, {}),
        ({"as": 5}, {}),
        ({"as-groups": "ops"}, {}),
        ({"token": "two\nlines"}, {}),
        ({"tokenFile": "missing"}, {}),
        ({}, {"server": "http://[x"}),
        ({}, {"server": None}),
    ],
)
def test_strange_settings_are_an_error(write: Write, user: JSON, cluster: JSON) -> None:
    """Whatever settings a kubeconfig has, they are used or refused, and never quoted."""
    with pytest.raises(KubeconfigError) as raised:
        connect(kubeconfig=str(write(user, **cluster)))
    assert "lines" not in str(raised.value)


def test_a_broken_kubeconfig_is_not_quoted(tmp_path: Path) -> None:
    """The word about a file that is not YAML does not repeat what it holds."""
    path = tmp_path / "config"
    path.write_text(f"users: [{{token: {TOKEN}")
    with pytest.raises(KubeconfigError, match="not valid YAML") as raised:
        connect(kubeconfig=str(path))
    assert TOKEN not in str(raised.value) + repr(raised.value.__cause__)


def test_in_a_pod_the_service_account_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service_account: None
) -> None:
    """Without a kubeconfig, a pod's own service account is used, and nothing is printed."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    with connect() as connection:
        assert connection.context == "in-cluster"
        assert connection.user == "the pod's service account"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("print('no login', file=sys.stderr); sys.exit(3)", "ended with status 3: no login"),
        (credential(), "gave no credentials"),
        (credential(clientCertificateData="only half"), "gave no credentials"),
        ("print('not json')", "no ExecCredential"),
        ("print('[]')", "no ExecCredential"),
        (credential(token=5), "no ExecCredential"),
        ("while True: print(9 * 'x')", "wrote more than 1 MiB"),
        (credential(token="x", clientCertificateData="only half"), "half of them"),
        (credential(token="x", expirationTimestamp="soon"), "no ExecCredential"),
    ],
)
def test_a_plugin_that_yields_nothing_is_an_error(
    write: Write, server: Server, plugin: Callable[..., Any], body: str, message: str
) -> None:
    """A failing credential plugin never leads to an anonymous session."""
    with pytest.raises(KubeconfigError, match=message):
        connect(kubeconfig=str(write(plugin(body))))
    assert not server.seen


def test_a_plugin_that_is_not_installed(write: Write, plugin: Callable[..., Any]) -> None:
    """The word about a missing plugin says how to install it."""
    user = plugin("", command="/no/such/plugin", installHint="brew install it")
    with pytest.raises(KubeconfigError, match="cannot run the credential plugin") as raised:
        connect(kubeconfig=str(write(user)))
    assert raised.value.hint == "brew install it"


def test_a_plugin_that_must_ask_needs_a_terminal(
    write: Write, plugin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`interactiveMode: Always` is refused where nobody can answer, instead of hanging."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(KubeconfigError, match="there is no terminal"):
        connect(kubeconfig=str(write(plugin(credential(token="x"), interactiveMode="Always"))))


def test_a_plugin_cannot_read_standard_input(
    write: Write, server: Server, plugin: Callable[..., Any]
) -> None:
    """A plugin gets an empty standard input: what is piped to driftcheck is not for it."""
    body = "assert sys.stdin.read() == ''\n" + credential(token="x")
    with quick(write(plugin(body))) as connection:
        connection.get("/version")
    assert server.seen[0][2]["Authorization"] == "Bearer x"


@pytest.mark.parametrize("variable", [{"value": None}, {}, {"value": ""}])
def test_a_variable_without_a_value(
    write: Write, server: Server, plugin: Callable[..., Any], variable: JSON
) -> None:
    """A plugin's variable without a value is empty, as in Go, and no text `None`."""
    body = "import os\nassert os.environ['AWS_PROFILE'] == ''\n" + credential(token="x")
    with quick(write(plugin(body, env=[{"name": "AWS_PROFILE", **variable}]))) as connection:
        connection.get("/version")
    assert server.seen[0][2]["Authorization"] == "Bearer x"


HANGS = """
import subprocess, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
time.sleep(30)
"""


def test_a_plugin_that_hangs(write: Write, plugin: Callable[..., Any]) -> None:
    """A plugin holds nobody longer than the time limit, and neither does what it started."""
    path = write(plugin(HANGS))
    started = time.monotonic()
    with pytest.raises(KubeconfigError, match="gave nothing within 1 s") as raised:
        connect(kubeconfig=str(path), timeout=1)
    assert time.monotonic() - started < 10
    assert "--timeout" in raised.value.hint


def test_a_plugin_that_hangs_at_a_terminal(
    write: Write, plugin: Callable[..., Any], tmp_path: Path
) -> None:
    """At a terminal, where a person may have to log in, the time limit holds as well."""
    path = write(plugin(HANGS, interactiveMode="IfAvailable"))
    program = "from driftcheck.sources import connect; connect(kubeconfig={!r}, timeout=1)"
    controlling, terminal = pty.openpty()
    said = tmp_path / "said"
    started = time.monotonic()
    with said.open("wb") as stderr:
        subprocess.run(
            [sys.executable, "-c", program.format(str(path))],
            stdin=terminal,
            stderr=stderr,
            check=False,
        )
    took = time.monotonic() - started
    os.close(controlling)
    os.close(terminal)
    assert "gave nothing within 1 s" in said.read_text()
    assert took < 20


def test_a_plugin_runs_once_for_many_requests(
    write: Write, plugin: Callable[..., Any], tmp_path: Path
) -> None:
    """A token that is about to expire does not run the plugin before every request."""
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 90))
    path = write(plugin(credential(token="x", expirationTimestamp=soon)))
    with quick(path) as connection:
        threads = [threading.Thread(target=connection.get, args=("/version",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (tmp_path / "runs").read_text() == "x"


def test_a_plugin_runs_once_for_all_environments(
    write: Write, server: Server, plugin: Callable[..., Any], tmp_path: Path
) -> None:
    """Who logs in at a plugin's question is asked once, in whatever contexts there is to read."""
    path = write(plugin(credential(token="x")))
    content = yaml.safe_load(path.read_text())
    content["contexts"] += [{"name": "other", "context": {"cluster": "d", "user": "ann"}}]
    content["clusters"] += [{"name": "d", "cluster": {"server": server.url + "/d"}}]
    path.write_text(yaml.safe_dump(content))

    for context in ("shop", "shop", "other"):
        with connect(kubeconfig=str(path), context=context) as connection:
            connection.get("/version")

    assert (tmp_path / "runs").read_text() == "x"
    assert [headers["Authorization"] for *_, headers in server.seen] == ["Bearer x"] * 3


def test_a_plugin_runs_once_for_environments_at_once(
    write: Write, plugin: Callable[..., Any], tmp_path: Path
) -> None:
    """Environments that are looked at at the same time wait for one login."""
    path = write(plugin(f"import time; time.sleep(0.3)\n{credential(token='x')}"))
    threads = [threading.Thread(target=lambda: quick(path).close()) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (tmp_path / "runs").read_text() == "x"


@pytest.mark.parametrize("other", [{"env": [{"name": "A", "value": "b"}]}, {"args": []}])
def test_another_login_is_another_run(
    write: Write, plugin: Callable[..., Any], tmp_path: Path, other: JSON
) -> None:
    """A plugin that is told something else may give other credentials."""
    first = plugin(credential(token="x"))
    second = {"exec": {**first["exec"], **other}}
    if not second["exec"]["args"]:
        script = tmp_path / "plugin.sh"
        script.write_text(f"#!/bin/sh\nexec {' '.join([sys.executable, *first['exec']['args']])}")
        script.chmod(0o755)
        second["exec"]["command"] = str(script)

    for user in (first, second, first):
        quick(write(user)).close()

    assert (tmp_path / "runs").read_text() == "xx"


def test_a_plugin_is_told_of_the_cluster(
    write: Write, plugin: Callable[..., Any], tmp_path: Path
) -> None:
    """One that asks which cluster it is for is run for each."""
    user = plugin(credential(token="x"), provideClusterInfo=True)

    for name in ("a.example", "b.example", "a.example"):
        quick(write(user, **{"tls-server-name": name})).close()

    assert (tmp_path / "runs").read_text() == "xx"


def test_credentials_of_a_plugin_that_are_refused(
    write: Write, server: Server, plugin: Callable[..., Any], tmp_path: Path
) -> None:
    """What a server refused is not used again: whoever logs in and tries again is let in."""
    body = "n = len(open(sys.argv[0].replace('plugin.py', 'runs')).read())\n"
    path = write(plugin(body + credential(token="X").replace("X", "' + str(n) + '")))
    server.answers = [(401, {}, b"{}")]

    complaint(quick(path), "refused the credentials")
    with quick(path) as connection:
        connection.get("/version")

    assert [headers["Authorization"] for *_, headers in server.seen] == ["Bearer 1", "Bearer 2"]


def test_credentials_of_a_plugin_that_expire(
    write: Write, plugin: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has expired is not used again either."""
    monkeypatch.setattr("driftcheck.sources._lives.Life.least", 0.0)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 50))
    path = write(plugin(credential(token="x", expirationTimestamp=soon)))

    for _ in range(2):
        quick(path).close()

    assert (tmp_path / "runs").read_text() == "xx"


def test_expired_credentials_are_renewed_once(
    write: Write, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token file is read again when its token is refused, but not again and again."""
    monkeypatch.setattr("driftcheck.sources._lives.Life.least", 0.0)
    (tmp_path / "token").write_text("old")
    with quick(write({"tokenFile": "token"})) as connection:
        (tmp_path / "token").write_text("new")
        server.answers = [(401, {}, b"{}")]
        assert connection.get("/version").status == 200
    assert [headers["Authorization"] for *_, headers in server.seen] == ["Bearer old", "Bearer new"]


def test_declared_credentials_must_yield_some(write: Write, server: Server) -> None:
    """An auth-provider that the client no longer knows is an error, not an anonymous session."""
    with pytest.raises(KubeconfigError, match="auth-provider azure is known no more"):
        connect(kubeconfig=str(write({"auth-provider": {"name": "azure", "config": {}}})))
    assert not server.seen


def test_impersonation_headers_are_sent(write: Write, server: Server) -> None:
    """The snapshot is made as the one whom the kubeconfig impersonates, as by kubectl."""
    user = {
        "token": TOKEN,
        "as": "bob",
        "as-uid": "42",
        "as-groups": ["ops", "dev"],
        "as-user-extra": {"Example.com/Team": ["red"]},
    }
    with quick(write(user)) as connection:
        connection.get("/version")
    headers = server.seen[0][2]
    assert headers["Impersonate-User"] == "bob"
    assert headers["Impersonate-Uid"] == "42"
    assert headers.get_all("Impersonate-Group") == ["ops", "dev"]
    assert headers["Impersonate-Extra-example.com%2Fteam"] == "red"


def test_names_are_sent_as_utf8(write: Write, server: Server) -> None:
    """Whoever is impersonated may have any name."""
    with quick(write({"as": "Jörg"})) as connection:
        connection.get("/version")
    assert server.seen[0][2]["Impersonate-User"].encode("latin-1").decode() == "Jörg"


def test_gzip_is_asked_for(write: Write, server: Server) -> None:
    """The server is told that it may compress."""
    with quick(write({})) as connection:
        connection.get("/version")
    assert server.seen[0][2]["Accept-Encoding"] == "gzip"


def test_the_kubeconfig_is_never_written(write: Write) -> None:
    """Opening a connection leaves the kubeconfig as it was, and so do its requests."""
    path = write({"token": TOKEN})
    before = path.read_bytes(), path.stat().st_mtime_ns
    with quick(path) as connection:
        connection.get("/version")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_nothing_is_printed(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither stream carries a word, however many requests share the pool."""
    with quick(write({"token": TOKEN})) as connection:
        threads = [threading.Thread(target=connection.get, args=("/version",)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert capfd.readouterr() == ("", "")


def test_logs_carry_no_token_and_no_body(
    write: Write, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """A debug log names each request's path, status, time and size, and nothing else."""
    server.answers = [(200, {}, b'{"password": "hunter2"}')]
    with caplog.at_level(logging.DEBUG), quick(write({"token": TOKEN})) as connection:
        connection.get("/api/v1/secrets", {"limit": "1"})
    assert "GET /api/v1/secrets?limit=1: 200" in caplog.text
    assert TOKEN not in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("value", ["9" * 5000, "Thu, 01 Jan 99999 00:00:00 GMT", "-1", "soon"])
def test_retry_after_that_makes_no_sense(write: Write, server: Server, value: str) -> None:
    """A time that nobody can name is none."""
    server.answers = [(429, {"Retry-After": value}, b"")]
    with quick(write({}), timeout=5) as connection:
        assert connection.get("/version").status in (200, 429)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(write: Write, server: Server, status: int) -> None:
    """A busy server that names a time is not asked before that."""
    server.answers = [(status, {"Retry-After": "1"}, b"")]
    started = time.monotonic()
    with quick(write({})) as connection:
        assert connection.get("/version").status == 200
    assert time.monotonic() - started >= 1
    assert len(server.seen) == 2


def test_retries_end(write: Write, server: Server) -> None:
    """A server that stays busy is left alone, and its last answer is the answer."""
    server.answers = [(429, {}, b"")] * 20
    with quick(write({})) as connection:
        assert connection.get("/version").status == 429
    assert len(server.seen) == 5


def test_a_refusal_is_not_asked_again(write: Write, server: Server) -> None:
    """403, 404 and 410 are answers, not faults."""
    server.answers = [(403, {}, b""), (404, {}, b""), (410, {}, b"")]
    with quick(write({})) as connection:
        assert [connection.get("/x").status for _ in range(3)] == [403, 404, 410]


def test_a_redirect_is_not_followed(write: Write, server: Server) -> None:
    """Credentials go to the kubeconfig's server alone."""
    server.answers = [(302, {"Location": "http://example.invalid/"}, b"")]
    with quick(write({"token": TOKEN})) as connection:
        assert connection.get("/version").status == 302


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, b"\n<!DOCTYPE html><html>Log in"), "is a web page"),
        ((200, {}, b"Log in"), "is not the JSON that was asked for"),
        ((403, {}, b"<html>Blocked"), "HTTP status 403, with a web page"),
        (
            (302, {"Location": "https://ann:p@sso.example/x?token=y"}, b""),
            "to https://sso.example,",
        ),
        ((307, {"Location": "/login?token=y"}, b""), "to another path,"),
        ((301, {}, b""), "to another path,"),
        ((302, {"Location": "https://[x"}, b""), "to nowhere,"),
    ],
)
def test_somebody_else_answers(
    write: Write, server: Server, answer: tuple[int, dict[str, str], bytes], said: str
) -> None:
    """A login page or a redirect is named, with who sent it and what to do, and nothing more."""
    server.answers = [answer] * 4
    with quick(write({"token": TOKEN})) as connection, pytest.raises(ClusterError) as raised:
        Cluster(connection).discover()
    message = str(raised.value)
    assert said in message
    assert server.url in message
    assert "the context 'shop'" in raised.value.hint
    assert "token=y" not in message
    assert "Log in" not in message


def test_a_version_of_nothing(write: Write, server: Server) -> None:
    """The version is nice to have: a server that says something else there is read as well."""
    server.answers = [(200, {}, b"{}")]
    with quick(write({})) as connection:
        assert Cluster(connection).version is None


def test_a_broken_answer_is_asked_for_again(write: Write, server: Server) -> None:
    """A body that ends too early counts as none."""
    server.answers = [(200, {"Content-Length": "99"}, b"{"), (200, {}, b"whole")]
    with quick(write({})) as connection:
        assert connection.get("/version").body == b"whole"


def test_an_answer_that_always_breaks_off(write: Write, server: Server) -> None:
    """An answer that never arrives whole is an error, and quotes nothing."""
    server.answers = [(200, {"Content-Length": "99"}, b"hunter2")] * 9
    with quick(write({})) as connection, pytest.raises(ClusterError, match="broke off") as raised:
        connection.get("/version")
    assert "hunter2" not in str(raised.value) + str(raised.value.__cause__)


def test_refused_credentials_are_named(write: Write, server: Server) -> None:
    """A 401 says whose credentials were refused, by which server."""
    server.answers = [(401, {}, b"")] * 9
    error = complaint(quick(write({"token": TOKEN})), "'ann' of the context 'shop'")
    assert TOKEN not in str(error)


def test_an_unreachable_server_is_named(write: Write, server: Server) -> None:
    """A connection that is refused names the server without its path, which may hold a token."""
    path = write({}, server=f"http://127.0.0.1:1/token/{TOKEN}")
    error = complaint(quick(path), r"cannot connect to http://127\.0\.0\.1:1: ")
    assert TOKEN not in str(error)
    assert error.hint


def test_an_unknown_host_is_named(write: Write) -> None:
    """A host without an address is not a refused connection."""
    complaint(quick(write({}, server="http://no-such-host.invalid")), r"host\.invalid is unknown")


def test_a_server_without_tls_is_named(write: Write, server: Server) -> None:
    """A TLS failure is not asked again, and says what to check."""
    error = complaint(
        quick(write({}, server=server.url.replace("http", "https"))), "no trusted connection"
    )
    assert "certificate-authority" in error.hint


@pytest.mark.parametrize(
    ("user", "cluster", "said"),
    [
        ({}, {"certificate-authority-data": "bm8gY2VydGlmaWNhdGU="}, "holds no certificate"),
        ({}, {"certificate-authority": "missing"}, "missing can't be read: No such file"),
        ({"client-certificate-data": "bm8=", "client-key-data": "bm8="}, {}, "is not PEM"),
        ({"client-certificate-data": "bm8="}, {}, "a client-certificate and no client-key"),
        ({"client-certificate-data": "-"}, {}, "is not a kubeconfig"),
    ],
)
def test_certificates_that_are_none(
    write: Write, server: Server, user: JSON, cluster: JSON, said: str
) -> None:
    """What is not a certificate is said to be at fault."""
    with pytest.raises(KubeconfigError, match=said):
        quick(write(user, **cluster))


def test_the_time_limit_is_kept(write: Write, server: Server) -> None:
    """A server that does not answer holds nobody longer than the time limit."""
    server.delay = 3.0
    started = time.monotonic()
    error = complaint(quick(write({}), timeout=0.3), "the time limit")
    assert time.monotonic() - started < 1
    assert "--timeout" in error.hint


class Dripping(socketserver.BaseRequestHandler):
    """Answers with something at once, and then a byte now and again, without an end."""

    beginning = b""

    def handle(self) -> None:
        self.request.recv(4096)
        with contextlib.suppress(OSError):
            self.request.sendall(self.beginning)
            while True:
                self.request.sendall(b"1")
                time.sleep(0.05)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 200 OK\r\nContent-Type: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 999999\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_an_answer_that_drips(write: Write, beginning: bytes) -> None:
    """Wherever an answer begins to drip, it is given up when the time limit is over."""
    handler = type("Handler", (Dripping,), {"beginning": beginning})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as dripping:
        dripping.daemon_threads = True
        thread = threading.Thread(target=dripping.serve_forever, args=(0.02,))
        thread.start()
        started = time.monotonic()
        path = write({}, server=f"http://127.0.0.1:{dripping.server_address[1]}")
        complaint(quick(path, timeout=0.5), "the time limit")
        took = time.monotonic() - started
        dripping.shutdown()
        thread.join()
    assert took < 5


def test_environment_proxies_are_not_for_loopback(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment does not stand between this machine and itself."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with quick(write({})) as connection:
        assert connection.get("/version").status == 200


def test_the_client_is_loaded_only_where_it_is_used() -> None:
    """Importing the rooms loads neither the client nor its HTTP library."""
    program = (
        "import sys, driftcheck, driftcheck.capture, driftcheck.sources;"
        "sys.exit(bool({'kubernetes', 'urllib3'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_proxy_of_the_kubeconfig_is_used(write: Write, server: Server) -> None:
    """`proxy-url` is honoured."""
    path = write({}, server="http://cluster.example", **{"proxy-url": server.url})
    with quick(path) as connection:
        assert connection.get("/version").status == 200
    assert server.seen[0][1] == "http://cluster.example/version"
