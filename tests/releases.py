"""Releases as Helm keeps them, written down by hand."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

Body = dict[str, Any]
PASSWORD = "velvet-hammer-42"

MANIFEST = f"""
---
# Source: shop/templates/auth.yaml
apiVersion: v1
kind: Secret
metadata: {{name: auth}}
stringData: {{password: {PASSWORD}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings}}
data: {{ttl: "300"}}
"""


def packed(content: bytes) -> str:
    """A release as Helm writes it into a record."""
    return base64.b64encode(gzip.compress(content)).decode()


def record(
    name: str = "shop",
    revision: int = 1,
    status: str = "deployed",
    *,
    kind: str = "Secret",
    text: str | None = None,
    **content: Any,
) -> Body:
    """What Helm keeps of a revision, in `shop`; `text` is what stands in it instead."""
    release = {
        "name": name,
        "namespace": "shop",
        "version": revision,
        "info": {"status": status},
        "manifest": MANIFEST,
        "hooks": None,
        **content,
    }
    written = packed(json.dumps(release).encode()) if text is None else text
    if kind == "Secret":
        written = base64.b64encode(written.encode()).decode()
    labels = {"name": name, "owner": "helm", "status": status, "version": str(revision)}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": f"sh.helm.release.v1.{name}.v{revision}", "labels": labels},
        **({"type": "helm.sh/release.v1"} if kind == "Secret" else {}),
        "data": {"release": written},
    }
