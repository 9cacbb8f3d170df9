"""Objects that look like what a controller keeps: releases, locks, tokens, certificates."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.hostile import HOSTILE, Body, resource
from tests.accuracy.worlds import DUMPS, LIVE, MANIFESTS, Edit, edit, served


def value(letter: str) -> str:
    """A Secret's value as it is kept: its fingerprint."""
    return f"hmac-sha256:{64 * letter}"


def secret(name: str, type_: str = "Opaque", *, data: Body | None = None, **metadata: Any) -> Body:
    data = {"token": value("a")} if data is None else data
    return served(resource("v1", "Secret", name, type=type_, data=data, metadata=metadata))


def reader_of(kind: str, name: str, key: str = "token") -> Body:
    """A Deployment whose pods read a Secret or a ConfigMap."""
    field = "secretKeyRef" if kind == "Secret" else "configMapKeyRef"
    env = [{"name": "VALUE", "valueFrom": {field: {"name": name, "key": key}}}]
    pod = {"containers": [{"name": "a", "image": "x/y:1", "env": env}]}
    template = {"metadata": {"labels": {"app": "reader"}}, "spec": pod}
    return served(
        resource(
            "apps/v1",
            "Deployment",
            "reader",
            spec={
                "replicas": 0,
                "selector": {"matchLabels": {"app": "reader"}},
                "template": template,
            },
        )
    )


HELM = {"owner": "helm", "name": "web", "version": "1", "status": "deployed"}


@against("helm-release")
def releases_that_are_read() -> Iterator[Attack]:
    """A Secret of Helm's type and label that holds what a program reads.

    Helm's own is called sh.helm.release.v1.NAME.vN and holds `release` alone:
    pkg/storage/driver/secrets.go, newSecretsObject.
    """
    names = ("db-admin", "sh.helm.release.v1.web.v1", "sh.helm.release.v1.evil")
    types = ("helm.sh/release.v1", "Opaque")
    for name, type_ in product(names, types):
        for key in ("release", "token"):
            sides = [secret(name, type_, data={key: value(letter)}, labels=HELM) for letter in "ab"]
            reader = reader_of("Secret", name, key)
            yield Attack(
                f"{name} {type_} {key}, which is read",
                left=edit(sides[0], reader),
                right=edit(sides[1], reader),
            )
            if key == "token" or name == "db-admin":
                yield Attack(f"{name} {type_} {key}", left=edit(sides[0]), right=edit(sides[1]))
                yield added(f"{name} {type_} {key} more", sides[1])
    for name in ("sh.helm.release.v1.web.v1", "sh.helm.release.v1.evil"):
        it = secret(name, data={"token": value("b")}, labels=HELM)
        untyped = {field: content for field, content in it.items() if field != "type"}
        yield added(f"{name} without a type", untyped, forms=(DUMPS, MANIFESTS))


LEADER = {"control-plane.alpha.kubernetes.io/leader": '{"holderIdentity":"a"}'}


@against("leader-election")
def locks_that_hold_something() -> Iterator[Attack]:
    """A lock that somebody refers to, or that says more than who leads."""
    lock = served(resource("v1", "ConfigMap", "lock", metadata={"annotations": LEADER}))
    env = [{"configMapRef": {"name": "lock"}}]
    pod = {"containers": [{"name": "a", "image": "x/y:1", "envFrom": env}]}
    template = {"metadata": {"labels": {"app": "reader"}}, "spec": pod}
    reader = served(
        resource(
            "apps/v1",
            "Deployment",
            "reader",
            spec={
                "replicas": 0,
                "selector": {"matchLabels": {"app": "reader"}},
                "template": template,
            },
        )
    )
    yield added("a lock without which a workload does not start", lock, left=edit(reader))
    for said, metadata in {
        "an annotation": {"annotations": {**LEADER, "config": "allow=everything"}},
        "a label": {"annotations": LEADER, "labels": {"grafana_dashboard": "1"}},
    }.items():
        for kind in ("ConfigMap", "Endpoints"):
            yield added(
                f"{kind}: a lock with {said}",
                served(resource("v1", kind, "lock", metadata=metadata)),
            )
            bare = served(resource("v1", kind, "lock", metadata={"annotations": LEADER}))
            it = served(resource("v1", kind, "lock", metadata=metadata))
            yield Attack(f"{kind}: a lock gets {said}", left=edit(bare), right=edit(it))
    for field, content in {
        "data": {"a": "b"},
        "binaryData": {"a": "Yg=="},
        "immutable": True,
        "extra": 1,
    }.items():
        yield added(f"a lock with {field}", {**lock, field: content})


TOKEN = "kubernetes.io/service-account-token"
OF_ACCOUNT = "kubernetes.io/service-account.name"


@against("service-account-token")
def tokens_that_somebody_made() -> Iterator[Attack]:
    """A token Secret that is called like a generated one: since 1.24 no controller makes any.

    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
    """
    data = {"token": value("a"), "ca.crt": value("b"), "namespace": value("c")}
    for account, name in (
        ("bookshop", "bookshop-token-abcde"),
        ("bookshop", "bookshop-token-x7k2p"),
        ("default", "default-token-zzzzz"),
        ("admin", "admin-token-bcdfg"),
        ("bookshop", "bookshop-token-1"),
        ("bookshop", "long-lived"),
    ):
        it = secret(
            name,
            TOKEN,
            data=data,
            annotations={OF_ACCOUNT: account, "kubernetes.io/service-account.uid": "u"},
        )
        yield added(f"a token {name} of {account} more", it)
        yield added(
            f"a token {name} of {account} more, which is read",
            it,
            left=edit(reader_of("Secret", name)),
        )
        more = {**it, "data": {**data, "password": value("d")}}
        yield Attack(f"{name} holds more", left=edit(it), right=edit(more))
    ours, theirs = (
        secret("long-lived", TOKEN, data=data, annotations={OF_ACCOUNT: account})
        for account in ("bookshop", "admin")
    )
    yield Attack("a token of another account", left=edit(ours), right=edit(theirs))
    extra = [
        secret(
            "long-lived",
            TOKEN,
            data={**data, "password": value(letter)},
            annotations={OF_ACCOUNT: "bookshop"},
        )
        for letter in "de"
    ]
    yield Attack("another value beside a token", left=edit(extra[0]), right=edit(extra[1]))


@against("generated-references")
def references_called_generated() -> Iterator[Attack]:
    """A pull Secret, or a mountable one, of a ServiceAccount that somebody named so."""
    account = ways.recorded("ServiceAccount", "bookshop")
    for field, name in product(
        ("imagePullSecrets", "secrets"),
        ("bookshop-dockercfg-bcdfg", "bookshop-token-bcdfg", "bookshop-dockercfg-evil1"),
    ):
        pull = secret(
            name, "kubernetes.io/dockerconfigjson", data={".dockerconfigjson": value("a")}
        )
        account_with = {**account, field: [*account.get(field, ()), {"name": name}]}
        yield Attack(f"{field} {name}", left=edit(pull), right=edit(pull, account_with))
        yield Attack(f"{field} {name} that is not there", right=edit(account_with))


@against("cluster-certificate")
def certificates_that_stay() -> Iterator[Attack]:
    """A root certificate that the publisher can't or does not write anew.

    pkg/controller/certificates/rootcacertpublisher/publisher.go, syncNamespace.
    """
    it = ways.recording().object(ways.STAGING, "ConfigMap", "kube-root-ca.crt")
    evil = {
        **it,
        "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\nZXZpbA==\n-----END CERTIFICATE-----\n"},
    }
    held, wrong = ({**body, "immutable": True} for body in (it, evil))
    yield Attack("immutable on both sides, another certificate", left=edit(held), right=edit(wrong))
    yield Attack("immutable on one side", right=edit(wrong))
    yield Attack("another key", right=edit({**it, "data": {**it["data"], "extra.crt": "x"}}))
    yield Attack("binary data", right=edit({**it, "binaryData": {"evil": "ZXZpbA=="}}))
    yield Attack(
        "another namesake's certificate",
        left=edit(with_metadata(it, name="my-root-ca.crt")),
        right=edit(with_metadata(evil, name="my-root-ca.crt")),
    )
    for said, metadata in {
        "a label": {"labels": {"a": "b"}},
        "an annotation": {"annotations": {**it["metadata"]["annotations"], "a": "b"}},
    }.items():
        yield Attack(f"kube-root-ca.crt with {said}", right=edit(with_metadata(it, **metadata)))


@against("sops")
def encrypted_and_not() -> Iterator[Attack]:
    """What SOPS is said to have encrypted, and anybody may have written."""
    mark = {"sops": {"mac": "ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]", "version": "3.9.0"}}
    for said, texts in {
        "plain values": ("allow=nobody", "allow=everything"),
        "other cipher texts": tuple(
            f"ENC[AES256_GCM,data:{letter}4x,iv:b,tag:c,type:str]" for letter in "ab"
        ),
    }.items():
        sides = [
            edit(resource("v1", "ConfigMap", "settings", data={"rules": text}, **mark))
            for text in texts
        ]
        yield Attack(said, left=sides[0], right=sides[1], forms=(MANIFESTS,))
        gone = edit(resource("v1", "ConfigMap", "settings", data={}, **mark))
        yield Attack(f"{said}, one is gone", left=sides[0], right=gone, forms=(MANIFESTS,))


@against("passed-hook")
def marked_as_hooks() -> Iterator[Attack]:
    """What is live and marked as a hook, and no manifest declares."""
    marks = ({"helm.sh/hook": "test"}, {"argocd.argoproj.io/hook": "PostSync"})
    for body, mark in product(HOSTILE, marks):
        yield added(
            f"{body['kind']} marked {', '.join(mark)}",
            served(with_metadata(body, annotations=mark)),
            forms=(LIVE, DUMPS),
        )


@against("passed-job")
def jobs_that_were_to_be_deleted() -> Iterator[Attack]:
    """A Job that was to be deleted once it had finished is gone, and nobody had declared it."""
    job = copy.deepcopy(ways.recorded("Job", "db-migrate-240"))
    job["spec"]["ttlSecondsAfterFinished"] = 60
    gone: Edit = {("Job", "db-migrate-240"): None}
    yield Attack("a Job that is gone", left=edit(job), right=gone, has_control=False)


@against("rancher-project")
def projects_of_what_is_no_namespace() -> Iterator[Attack]:
    """The mark of a project where Rancher reads none."""
    for body, where in product(HOSTILE, ("labels", "annotations")):
        sides = [
            served(with_metadata(body, **{where: {"field.cattle.io/projectId": f"c-1:p-{name}"}}))
            for name in "ab"
        ]
        yield Attack(
            f"{body['kind']}: {where}",
            left=edit(sides[0]),
            right=edit(sides[1]),
            forms=(LIVE, DUMPS),
        )


@against("sealed-values")
def sealed_and_not_unsealed() -> Iterator[Attack]:
    """Other sealed values of which no compared Secret comes."""

    def sealed(name: str, text: str, **spec: Any) -> Body:
        return served(
            resource(
                "bitnami.com/v1alpha1",
                "SealedSecret",
                name,
                spec={"encryptedData": {"password": text}, **spec},
            )
        )

    texts = ("AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq", "AgCz9xOuQWERTY12PiTySYZZA9rO43cG")
    sides = [edit(sealed("ledger", text)) for text in texts]
    yield Attack("no Secret", left=sides[0], right=sides[1])
    other = secret("another")
    yield Attack(
        "a Secret of another name",
        left={**sides[0], **edit(other)},
        right={**sides[1], **edit(other)},
    )
    yield Attack(
        "a template",
        left=sides[0],
        right=edit(sealed("ledger", texts[0], template={"type": "kubernetes.io/tls"})),
    )
    for secrets in (
        (
            secret("ledger", data={"password": value("a")}),
            secret("ledger", data={"password": value("b")}),
        ),
    ):
        yield Attack(
            "Secrets of other values",
            left={**sides[0], **edit(secrets[0])},
            right={**sides[1], **edit(secrets[1])},
        )
    plain = secret("ledger", data={"password": value("a")})
    yield Attack(
        "a Secret on one side",
        left={**sides[0], **edit(plain)},
        right=sides[1],
        control={**sides[0], **edit(plain)},
        forms=(LIVE, DUMPS),
    )
    lookalike = [
        edit(
            served(
                resource(
                    "example.com/v1",
                    "SealedSecret",
                    "ledger",
                    spec={"encryptedData": {"password": text}},
                )
            )
        )
        for text in texts
    ]
    yield Attack("of another group", left=lookalike[0], right=lookalike[1])


@against("secret-values")
def secrets_whose_type_is_gone() -> Iterator[Attack]:
    """A Secret without a type, which says nothing of whether its values were asked for."""
    sides = []
    for letter in "ab":
        it = secret("ledger", data={"password": value(letter)})
        sides.append(edit({field: content for field, content in it.items() if field != "type"}))
    yield Attack("no type, other values", left=sides[0], right=sides[1])
    yield Attack(
        "other keys", left=sides[0], right=edit({**secret("ledger", data={"other": value("a")})})
    )
    for field, content in (("immutable", True), ("type", "kubernetes.io/basic-auth")):
        yield Attack(
            f"another {field}",
            left=edit(secret("ledger")),
            right=edit({**secret("ledger"), field: content}),
        )


@against(
    "events",
    "leases",
    "metrics",
    "node-facts",
    "catalogues",
    "certificate-requests",
    "scan-reports",
    "runs",
    "alias",
)
def kinds_called_like_those_left_out() -> Iterator[Attack]:
    """A kind of a group of one's own that bears the name of one that is not read."""
    names = (
        "Event",
        "Lease",
        "TaskRun",
        "Workflow",
        "Backup",
        "Order",
        "Challenge",
        "CertificateRequest",
        "PackageManifest",
        "PolicyReport",
        "VulnerabilityReport",
        "CSIStorageCapacity",
        "PodMetrics",
        "UpdateRequest",
    )
    groups = (
        "example.com/v1",
        "k8s.io/v1",
        "tekton.dev.example.com/v1",
        "argoproj.io.example.com/v1",
        "eventsxk8s.io/v1",
    )
    for kind, group in product(names, groups):
        yield added(
            f"{kind} of {group}",
            served(resource(group, kind, "run", spec={"image": "docker.io/evil/miner:1"})),
        )


@against("alias")
def aliases_alone() -> Iterator[Attack]:
    """An object of an old kind that no new one shows: in files each stands for itself."""
    for api_version, kind in (
        ("extensions/v1beta1", "Deployment"),
        ("extensions/v1beta1", "DaemonSet"),
        ("extensions/v1beta1", "Ingress"),
        ("extensions/v1beta1", "NetworkPolicy"),
        ("authorization.openshift.io/v1", "RoleBinding"),
        ("apps/v1beta1", "Deployment"),
    ):
        it = resource(api_version, kind, "old", spec={"image": "docker.io/evil/miner:1"})
        yield added(f"{kind} of {api_version}", served(it), forms=(DUMPS, MANIFESTS))
