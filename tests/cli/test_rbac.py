"""`driftcheck rbac`: the printed Role is enough, and nothing of it is too much."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
import yaml

from driftcheck.testing import Forbidden, PlaybackServer, Request, StaleDiscovery, When
from tests.conftest import RECORDINGS, Program

STAGING = "bookshop-staging"
Rule = dict[str, Any]


@attrs.frozen
class Ungranted(Forbidden):
    """403 for whatever these rules of a Role do not grant, as RBAC decides it."""

    rules: list[Rule] = attrs.field(kw_only=True)

    def concerns(self, request: Request) -> bool:
        """See `Fault.concerns`."""
        target = request.target
        return target is not None and not any(
            target.place.group in rule["apiGroups"]
            and target.place.resource in rule["resources"]
            and target.verb in rule["verbs"]
            and target.name in rule.get("resourceNames", [target.name])
            for rule in self.rules
        )


@pytest.fixture
def rules(inside: Program, servers: Mapping[str, PlaybackServer]) -> list[Rule]:
    """What the printed Role grants."""
    role = yaml.safe_load(
        inside("rbac", STAGING, "--kubeconfig", str(servers["equal"].kubeconfig)).stdout
    )
    assert (role["apiVersion"], role["kind"]) == ("rbac.authorization.k8s.io/v1", "Role")
    assert role["metadata"] == {"name": "driftcheck", "namespace": STAGING}
    return role["rules"]


def gaps(inside: Program, rules: list[Rule]) -> list[str]:
    """The kinds that may not be read with these rules alone."""
    with PlaybackServer(RECORDINGS["equal"], faults=[Ungranted(rules=rules)]) as server:
        run = inside("capture", STAGING, KUBECONFIG=str(server.kubeconfig))
    rows = json.loads(run.stdout)["coverage"]
    return [row["kind"] for row in rows if row["status"] == "forbidden"]


def test_enough(inside: Program, rules: list[Rule]) -> None:
    """With the Role and nothing else, everything is read."""
    assert gaps(inside, rules) == []


def test_nothing_too_much(inside: Program, rules: list[Rule]) -> None:
    """Without any one resource of the Role, a kind is missing; no verb writes, no name is open."""
    for rule in rules:
        assert rule["verbs"] in (["list"], ["get"])
        assert "*" not in (*rule["apiGroups"], *rule["resources"])
        for plural in rule["resources"]:
            rest = [name for name in rule["resources"] if name != plural]
            others = [other for other in rules if other is not rule]
            assert len(gaps(inside, [*others, {**rule, "resources": rest}])) == 1


def test_an_undiscovered_group(inside: Program) -> None:
    """A group that can't be discovered is missing, and that is said."""
    with PlaybackServer(
        RECORDINGS["equal"], faults=[StaleDiscovery(group="bookshop.example.com")]
    ) as server:
        run = inside("rbac", STAGING, KUBECONFIG=str(server.kubeconfig))

    assert run.returncode == 3
    assert "featureflags" not in run.stdout
    assert "bookshop.example.com" in run.stderr


def test_not_a_namespace(inside: Program) -> None:
    """Files need no Role."""
    run = inside("rbac", "./manifests")

    assert (run.returncode, run.stdout) == (2, "")
    assert "namespace" in run.stderr


def test_the_binding(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """With a ServiceAccount, what gives it the Role follows, as `kubectl create` writes it."""
    run = inside(
        *("rbac", STAGING, "--serviceaccount", "ci:driftcheck"),
        KUBECONFIG=str(servers["equal"].kubeconfig),
    )

    role, binding = yaml.safe_load_all(run.stdout)
    assert run.returncode == 0
    assert binding == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "driftcheck-ci-driftcheck", "namespace": STAGING},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": role["metadata"]["name"],
        },
        "subjects": [{"kind": "ServiceAccount", "namespace": "ci", "name": "driftcheck"}],
    }


@pytest.mark.parametrize("account", ["driftcheck", "ci:", ":a", "ci:a:b", "Ci:a", "ci:a\nb"])
def test_no_account(inside: Program, servers: Mapping[str, PlaybackServer], account: str) -> None:
    """What is no ServiceAccount is refused, and nothing is printed that could be applied."""
    run = inside(
        *("rbac", STAGING, "--serviceaccount", account),
        KUBECONFIG=str(servers["equal"].kubeconfig),
    )

    assert (run.returncode, run.stdout) == (2, "")
    assert "write its namespace and its name" in run.stderr


PLATFORM = RECORDINGS["equal"].parent / "platform" / "blue.jsonl.gz"
PLACE = "bookshop-production"


def test_the_platform(inside: Program) -> None:
    """With the ClusterRole as well, all that reaches in is read; no less of it would be enough."""
    with PlaybackServer(PLATFORM) as server:
        config = str(server.kubeconfig)
        role = yaml.safe_load(inside("rbac", PLACE, KUBECONFIG=config).stdout)
        printed = inside(
            *("rbac", PLACE, "--platform", "--serviceaccount", "ci:driftcheck"), KUBECONFIG=config
        )
    outside, binding = yaml.safe_load_all(printed.stdout)

    assert (printed.returncode, printed.stderr) == (0, "")
    assert (outside["kind"], binding["kind"]) == ("ClusterRole", "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == outside["metadata"]["name"]
    assert "namespace" not in {**outside["metadata"], **binding["metadata"]}
    assert unread(inside, [*role["rules"], *outside["rules"]]) == []
    assert unread(inside, [*role["rules"], *outside["rules"][:-1]]) == ["StorageClass"]
    assert not [rule for rule in outside["rules"] if "*" in (*rule["verbs"], *rule["resources"])]


def unread(inside: Program, rules: list[Rule]) -> list[str]:
    """The kinds outside that may not be read with these rules alone."""
    with PlaybackServer(PLATFORM, faults=[Ungranted(rules=rules)]) as server:
        run = inside("capture", PLACE, KUBECONFIG=str(server.kubeconfig))
    assert run.returncode == 0
    rows = json.loads(run.stdout)["platform"]["coverage"]
    return [row["kind"] for row in rows if row["status"] != "read"]


def test_what_could_not_be_followed(inside: Program) -> None:
    """What may not be read inside can't be followed outside, and that is said."""
    faults = [Forbidden(When(resource="ingresses"))]
    with PlaybackServer(PLATFORM, faults=faults) as server:
        run = inside("rbac", PLACE, "--platform", KUBECONFIG=str(server.kubeconfig))

    assert run.returncode == 3
    assert "ingressclasses" not in run.stdout
    assert "what Ingress.networking.k8s.io names is missing from this ClusterRole" in run.stderr
