"""Which annotations a Secret may show: those whose tool writes no value of it there."""

from __future__ import annotations

import re

APPLIED_COPIES = frozenset(
    (
        "banzaicloud.com/last-applied",
        "kapp.k14s.io/original",
        "kubectl.kubernetes.io/last-applied-configuration",
        "objectset.rio.cattle.io/applied",
    )
)
"""In which tools keep the whole object, Secret values and all."""

_HARMLESS = frozenset(
    (
        "kapp.k14s.io/change-group",
        "kapp.k14s.io/change-rule",
        "kapp.k14s.io/identity",
        "kapp.k14s.io/nonce",
        "kapp.k14s.io/versioned",
        "kubernetes.io/service-account.name",
        "kubernetes.io/service-account.uid",
        "objectset.rio.cattle.io/id",
        "objectset.rio.cattle.io/owner-gvk",
        "objectset.rio.cattle.io/owner-name",
        "objectset.rio.cattle.io/owner-namespace",
        "olm.operatorGroup",
        "olm.operatorNamespace",
        "olm.targetNamespaces",
        "openshift.io/internal-registry-auth-token.binding",
        "openshift.io/internal-registry-auth-token.service-account",
        "openshift.io/owning-component",
        "openshift.io/token-secret.name",
    )
)
_HARMLESS_TOOLS = frozenset(
    (
        "acme.cert-manager.io",
        "argocd.argoproj.io",
        "auth.openshift.io",
        "cert-manager.io",
        "config.kubernetes.io",
        "helm.sh",
        "helm.toolkit.fluxcd.io",
        "internal.config.kubernetes.io",
        "kustomize.toolkit.fluxcd.io",
        "meta.helm.sh",
        "reflector.v1.k8s.emberstack.com",
        "reloader.stakater.com",
        "replicator.v1.mittwald.de",
        "sealedsecrets.bitnami.com",
        "secret-generator.v1.mittwald.de",
        "secret.reloader.stakater.com",
        "service.alpha.openshift.io",
        "service.beta.openshift.io",
        "strimzi.io",
    )
)
"""Tools whose annotations name things, times and choices, by the prefix that is their own.

https://cert-manager.io/docs/reference/annotations/, https://helm.sh/docs/howto/charts_tips_and_tricks/,
https://github.com/emberstack/kubernetes-reflector, https://github.com/mittwald/kubernetes-replicator
"""
_DIGEST = re.compile(r"hash|checksum|digest|md5|sha\d")
"""Of the values, nearly always: a digest without a key lets a guess be tried."""


def is_harmless(annotation: str) -> bool:
    """Whether an annotation of a Secret says nothing of its values, as its tool writes it.

    Args:
        annotation: The annotation's key.
    """
    tool, _, name = annotation.rpartition("/")
    return annotation in _HARMLESS or (tool in _HARMLESS_TOOLS and not _DIGEST.search(name.lower()))
