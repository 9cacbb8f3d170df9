"""Words in a text that can only mean the own namespace."""

from __future__ import annotations

import re
from functools import lru_cache

from driftcheck.model._trees import NAMESPACE_TOKEN


def in_text(text: str, namespace: str) -> str:
    """The text with the namespace replaced where a word can only mean a namespace.

    That is inside cluster-local host names, `db.shop.svc`, and behind the host of OpenShift's own
    registry, where each namespace has its repositories.
    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/registry/accessing-the-registry
    """
    in_hosts = _service_host(namespace).sub(rf"\g<1>{NAMESPACE_TOKEN}", text)
    return _repository(namespace).sub(rf"\g<1>{NAMESPACE_TOKEN}", in_hosts)


@lru_cache(maxsize=64)
def _service_host(namespace: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![A-Za-z0-9-])([a-z0-9-]+\.){re.escape(namespace)}(?=\.svc(?![A-Za-z0-9-]))"
    )


@lru_cache(maxsize=64)
def _repository(namespace: str) -> re.Pattern[str]:
    registry = r"image-registry\.openshift-image-registry\.svc(?:\.cluster\.local)?:5000/"
    return re.compile(rf"(?<![A-Za-z0-9./-])({registry}){re.escape(namespace)}(?=/)")
