"""Whatever kubeconfigs say, kubectl reaches the same server by them as the same user, or nobody."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.hostile import EXAMPLES, fuzzed
from tests.sources.test_kubectl import (
    CERTIFICATE,
    CLUSTERS,
    PLUGIN,
    TRUSTED,
    USERS,
    Server,
    assert_alike,
    server,
    surroundings,
)

__all__ = ["server"]

NAMES = st.sampled_from(["a", "b", "", "a b", "y", "5", "2026-01-01", "0x1", None])
FEW_NAMES = st.sampled_from(["a", "a", "a", "b", ""])
TEXTS = st.sampled_from(["t", "", "y", "5", "1e3", "2026-01-01", "0o7", "~", " t ", "ä", None])
FILES = st.sampled_from(["token", "./token", "missing", "", ".", None])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields, named as Python can't."""
    return st.fixed_dictionaries(
        {}, optional={name.rstrip("_").replace("_", "-"): kind for name, kind in fields.items()}
    )


PLUGINS = some(
    command=st.sampled_from(["./plugin", "plugin", "", None]),
    args=st.sampled_from([[], ["x"], None]),
    env=st.sampled_from([None, [], PLUGIN["env"], [{"name": "A", "value": "x"}]]),
    interactiveMode=st.sampled_from(["Never", "IfAvailable", "Always"]),
    provideClusterInfo=st.booleans() | st.none(),
).map(lambda some: {**PLUGIN, **some})
USER = (
    st.just({"token": "t"})
    | st.sampled_from(list(USERS.values()))
    | some(
        token=TEXTS,
        tokenFile=FILES,
        username=TEXTS,
        password=TEXTS,
        client_certificate_data=st.sampled_from(
            ["", "bm8=", CERTIFICATE["client-certificate-data"]]
        ),
        client_key_data=st.sampled_from(["", "bm8=", CERTIFICATE["client-key-data"]]),
        exec=PLUGINS | st.none(),
        as_=TEXTS,
        as_uid=TEXTS,
        as_groups=st.lists(st.sampled_from(["ops", "", "ä"]), max_size=2) | st.none(),
        as_user_extra=st.sampled_from([None, {}, {"A/b": ["c", "d"]}, {"a": []}]),
    )
)
CLUSTER = (
    st.just(TRUSTED)
    | st.sampled_from(list(CLUSTERS.values()))
    | some(
        server=st.sampled_from(
            [
                "https://HOST",
                "HTTPS://HOST/",
                "https://HOST/at/",
                "https://HOST/at?a#b",
                "https://HOST/a#b",
                "",
                None,
            ]
        ),
        insecure_skip_tls_verify=st.sampled_from([True, False, "true", "y", None]),
        certificate_authority=st.sampled_from(["ca.crt", "./ca.crt", "missing", "", None]),
        certificate_authority_data=st.sampled_from(["", *TRUSTED.values()]),
        tls_server_name=st.sampled_from(["", "kubernetes.internal", "elsewhere.internal", None]),
        disable_compression=st.booleans(),
    )
)
FILE = some(
    apiVersion=st.sampled_from(["v1", "", None, "v2", 1]),
    kind=st.sampled_from(["Config", "", None, "config"]),
    current_context=FEW_NAMES | NAMES,
    contexts=st.lists(
        some(
            name=FEW_NAMES | NAMES,
            context=some(cluster=FEW_NAMES | NAMES, user=FEW_NAMES | NAMES, namespace=NAMES),
        ),
        max_size=3,
        unique_by=lambda entry: entry.get("name") or "",
    ),
    clusters=st.lists(
        some(name=FEW_NAMES | NAMES, cluster=CLUSTER),
        max_size=3,
        unique_by=lambda entry: entry.get("name") or "",
    ),
    users=st.lists(
        some(name=FEW_NAMES | NAMES, user=USER),
        max_size=3,
        unique_by=lambda entry: entry.get("name") or "",
    ),
)
WHOLE = st.builds(
    lambda user, cluster: {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": cluster}],
        "users": [{"name": "a", "user": user}],
    },
    USER,
    CLUSTER.map(lambda cluster: {"server": "https://HOST", **cluster}),
)


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl here")
@settings(fuzzed, suppress_health_check=list(HealthCheck), max_examples=max(EXAMPLES, 12))
@given(
    files=st.lists(WHOLE, min_size=1, max_size=1) | st.lists(WHOLE | FILE, max_size=2),
    are_quoted=st.booleans(),
)
def test_whom_kubectl_asks(
    server: Server, tmp_path: Path, files: list[Any], are_quoted: bool
) -> None:
    """Some files that are nearly whole, spelt as JSON or as YAML without a quote.

    A question mark keeps its quotes: kubectl's YAML has none in a plain text between brackets.
    """
    surroundings(tmp_path)
    paths = []
    for number, file in enumerate(files):
        path = tmp_path / f"config-{number}"
        text = json.dumps(file).replace("HOST", f"127.0.0.1:{server.server_port}")
        path.write_text(text if are_quoted else re.sub(r'"([^"?]*)"', r"\1", text))
        paths.append(str(path))

    assert_alike(server, os.pathsep.join(paths))
