"""Names that are read as others: generated, hashed, renamed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from driftcheck.model import parse_renaming
from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.attacks._secrets import value
from tests.accuracy.hostile import Body, hostile, resource
from tests.accuracy.worlds import DUMPS, LIVE, edit, served


def hashed(stem: str, **data: str) -> Body:
    """A ConfigMap as kustomize names it.

    https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
    """
    text = json.dumps(
        {"data": data, "kind": "ConfigMap", "name": ""}, sort_keys=True, separators=(",", ":")
    )
    digest = (
        hashlib.sha256(text.encode()).hexdigest()[:10].translate(str.maketrans("013ae", "ghkmt"))
    )
    return served(resource("v1", "ConfigMap", f"{stem}-{digest}", data=data))


def hidden(name: str, letter: str = "a") -> Body:
    return served(resource("v1", "Secret", name, type="Opaque", data={"token": value(letter)}))


def references(kind: str, name: str) -> dict[str, Body]:
    """Every place where something of a namespace names a ConfigMap or a Secret."""
    low = "configMap" if kind == "ConfigMap" else "secret"
    volume = {"name": name} if kind == "ConfigMap" else {"secretName": name}
    optional = {"name": name, "optional": True}
    places: dict[str, Body] = {
        "envFrom": _workload({"envFrom": [{f"{low}Ref": optional}]}),
        "env": _workload(
            {"env": [{"name": "A", "valueFrom": {f"{low}KeyRef": {**optional, "key": "token"}}}]}
        ),
        "volume": _workload({}, volumes=[{"name": "v", low: {**volume, "optional": True}}]),
        "projected": _workload(
            {}, volumes=[{"name": "v", "projected": {"sources": [{low: optional}]}}]
        ),
        "plain env": _workload({"env": [{"name": "CONFIG", "value": name}]}),
        "argument": _workload({"args": [f"--config={name}"]}),
        "annotation": served(
            resource(
                "networking.k8s.io/v1",
                "Ingress",
                "user",
                spec={"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
                metadata={
                    "annotations": {
                        "nginx.ingress.kubernetes.io/auth-secret": f"{ways.STAGING}/{name}"
                    }
                },
            )
        ),
        "custom resource": served(
            resource("example.com/v1", "User", "user", spec={"config": name})
        ),
        "custom reference": served(
            resource(
                "example.com/v1", "User", "user", spec={"configRef": {"kind": kind, "name": name}}
            )
        ),
        "settings": served(resource("v1", "ConfigMap", "user", data={"ref": f"config: {name}\n"})),
        "role": served(
            resource(
                "rbac.authorization.k8s.io/v1",
                "Role",
                "user",
                rules=[
                    {
                        "apiGroups": [""],
                        "resources": [f"{kind.lower()}s"],
                        "resourceNames": [name],
                        "verbs": ["get"],
                    }
                ],
            )
        ),
        "cron": served(
            resource(
                "batch/v1",
                "CronJob",
                "user",
                spec={
                    "schedule": "* * * * *",
                    "jobTemplate": {
                        "spec": {
                            "template": {
                                "spec": {
                                    "restartPolicy": "Never",
                                    "containers": [
                                        {
                                            "name": "a",
                                            "image": "x/y:1",
                                            "envFrom": [{f"{low}Ref": optional}],
                                        }
                                    ],
                                }
                            }
                        }
                    },
                },
            )
        ),
    }
    if kind == "Secret":
        places["pull secret"] = _workload({}, imagePullSecrets=[{"name": name}])
        places["tls"] = served(
            resource(
                "networking.k8s.io/v1", "Ingress", "user", spec={"tls": [{"secretName": name}]}
            )
        )
        places["account"] = served(
            resource("v1", "ServiceAccount", "user", imagePullSecrets=[{"name": name}])
        )
    return places


def _workload(container: Body, **pod: Any) -> Body:
    spec = {"containers": [{"name": "a", "image": "x/y:1", **container}], **pod}
    template = {"metadata": {"labels": {"app": "user"}}, "spec": spec}
    return served(
        resource(
            "apps/v1",
            "Deployment",
            "user",
            spec={
                "replicas": 0,
                "selector": {"matchLabels": {"app": "user"}},
                "template": template,
            },
        )
    )


@against("generated-name")
def references_to_what_is_not_there() -> Iterator[Attack]:
    """A reference that names no object on one side: the bare stem, or another generation."""
    maps = (hashed("settings", token="1"), hashed("settings", token="2"))
    secrets = (hidden("settings-d7f46hb295"), hidden("settings-mc9d2tk88g"))
    for kind, (ours, theirs) in {"ConfigMap": maps, "Secret": secrets}.items():
        names = [body["metadata"]["name"] for body in (ours, theirs)]
        right_ones, wrong_ones = references(kind, names[0]), references(kind, "settings")
        for place, user in right_ones.items():
            yield Attack(
                f"{kind} by its stem alone, in {place}",
                left=edit(ours, user),
                right=edit(ours, wrong_ones[place]),
            )
            yield Attack(
                f"{kind} is another generation than {place} says",
                left=edit(ours, user),
                right=edit(theirs, user),
            )
            yield Attack(
                f"{kind} has lost its hash, {place} has not",
                left=edit(ours, user),
                right=edit(with_metadata(ours, name="settings", uid="bare"), user),
            )
            yield Attack(f"{kind} in {place} is gone", left=edit(ours, user), right=edit(user))


@against("outdated-generation")
def generations_that_are_used() -> Iterator[Attack]:
    """An earlier generation that something still reads."""
    maps = (hashed("settings", token="1"), hashed("settings", token="2"))
    secrets = (hidden("settings-d7f46hb295"), hidden("settings-mc9d2tk88g", "b"))
    for kind, (current, old) in {"ConfigMap": maps, "Secret": secrets}.items():
        user = references(kind, current["metadata"]["name"])["envFrom"]
        for place, other in references(kind, old["metadata"]["name"]).items():
            reader = with_metadata(other, name="second", uid="second")
            yield added(f"{kind} that {place} reads", old, left=edit(current, user, reader))
        looks_so = with_metadata(
            resource(
                "v1",
                kind,
                "settings-2222222222",
                data={"token": value("c")} if kind == "Secret" else {"token": "evil"},
            ),
            labels={"grafana_dashboard": "1"},
        )
        yield added(f"{kind} that a label names", served(looks_so), left=edit(current, user))


@against("generated-name", "outdated-generation")
def names_that_look_hashed() -> Iterator[Attack]:
    """Two objects that a person named so that they look like generations of one."""
    for names in (("db-2222222222", "db-4444444444"), ("db-2222222222", "db")):
        ours, theirs = (hidden(name, letter) for name, letter in zip(names, "ab", strict=True))
        yield Attack(
            f"other values in {names}", left=edit(ours), right=edit(theirs), control=edit(ours)
        )
        yield added(f"{names[1]} more", theirs, left=edit(ours))
        users = [
            with_metadata(references("Secret", name)["envFrom"], name=user, uid=user)
            for name, user in zip(names, ("first", "second"), strict=True)
        ]
        crossed = [
            with_metadata(references("Secret", name)["envFrom"], name=user, uid=user)
            for name, user in zip(names, ("second", "first"), strict=True)
        ]
        yield Attack(
            f"{names} are exchanged",
            left=edit(ours, theirs, *users),
            right=edit(ours, theirs, *crossed),
        )
        swapped = [hidden(name, letter) for name, letter in zip(names, "ba", strict=True)]
        yield Attack(
            f"{names} have each other's values",
            left=edit(ours, theirs, *users),
            right=edit(*swapped, *users),
        )


def generated(name: str, stem: str, content: Body) -> Body:
    return served(
        {**content, "metadata": {**content["metadata"], "name": name, "generateName": stem}}
    )


@against("generate-name")
def generated_names() -> Iterator[Attack]:
    """Objects whose names a server made, which something calls by name."""
    one, two = (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": {"token": text}}
        for text in "12"
    )
    for place, user in references("ConfigMap", "settings-aaaaa").items():
        left = edit(
            generated("settings-aaaaa", "settings-", one),
            generated("settings-bbbbb", "settings-", two),
            user,
        )
        right = edit(
            generated("settings-aaaaa", "settings-", two),
            generated("settings-bbbbb", "settings-", one),
            user,
        )
        yield Attack(f"contents are exchanged, {place} names one", left=left, right=right)
        alone = edit(generated("settings-aaaaa", "settings-", one), user)
        renamed = edit(generated("settings-bbbbb", "settings-", one), user)
        yield Attack(f"what {place} names is not there", left=alone, right=renamed)
    forged = [
        generated(
            name,
            "sto",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {},
                "spec": {
                    "type": "ClusterIP",
                    "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
                    "selector": {"app": app},
                },
            },
        )
        for name, app in (("stock", "a"), ("store", "b"))
    ]
    crossed = [
        generated(
            name,
            "sto",
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {},
                "spec": {
                    "type": "ClusterIP",
                    "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
                    "selector": {"app": app},
                },
            },
        )
        for name, app in (("stock", "b"), ("store", "a"))
    ]
    yield Attack("two Services have each other's pods", left=edit(*forged), right=edit(*crossed))
    for kind in (
        "RoleBinding",
        "Deployment",
        "Secret",
        "ServiceAccount",
        "Role",
        "NetworkPolicy",
        "Pod",
    ):
        it = hostile(kind)
        yield added(f"{kind} with a generated name more", generated("miner-x2x4x", "miner-", it))
        twice = [generated(f"miner-{n}", "miner-", it) for n in ("aaaaa", "bbbbb")]
        yield Attack(f"{kind} with a generated name twice", left=edit(twice[0]), right=edit(*twice))


@against("renamed")
def renamings() -> Iterator[Attack]:
    """A renaming that is declared, and references that forgot it, or never meant it."""
    asked = {"renamings": (parse_renaming("web", "web-v2"),)}
    it = ways.recorded("Service", "web")
    new = with_metadata(it, name="web-v2", uid="v2")
    moved = {("Service", "web"): None, **edit(new)}
    yield Attack("the Ingress names the old Service", right=moved, asked=asked, forms=(LIVE, DUMPS))
    text = _workload({"env": [{"name": "URL", "value": "http://web:80"}]})
    yield Attack(
        "a host name without a domain names the old Service",
        left=edit(text),
        right={**moved, **edit(text)},
        control=edit(text),
        asked=asked,
        forms=(LIVE, DUMPS),
    )
    both = served(resource("v1", "ConfigMap", "web-v2", data={"a": "b"}))
    yield added("an object of the new name beside the old", both, asked=asked)
    role = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    ours = served(
        resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            "user",
            rules=[{**role, "resourceNames": ["web"]}],
        )
    )
    yield Attack(
        "a Role names what was never renamed",
        left=edit(ours),
        right=edit(
            served(
                resource(
                    "rbac.authorization.k8s.io/v1",
                    "Role",
                    "user",
                    rules=[{**role, "resourceNames": ["web-v2"]}],
                )
            )
        ),
        asked=asked,
    )
