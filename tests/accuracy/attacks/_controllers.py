"""What somebody writes in the name of another project's controller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.attacks._ownership import owned
from tests.accuracy.attacks._secrets import secret, value
from tests.accuracy.hostile import Body, resource
from tests.accuracy.worlds import DUMPS, LIVE, edit, served

RUNS = (LIVE, DUMPS)
HASH = "rollouts-pod-template-hash"
APP = "kapp.k14s.io/app"
CREATED_BY = "reconcile.external-secrets.io/created-by"


def service(name: str = "picked", **selector: str) -> Body:
    spec = {
        "type": "ClusterIP",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "selector": {"app": "web", **selector},
    }
    return served(resource("v1", "Service", name, spec=spec))


def rollout(current: str, active: str) -> Body:
    spec = {"strategy": {"blueGreen": {"activeService": active}}}
    body = resource("argoproj.io/v1alpha1", "Rollout", "web", spec=spec)
    return {**served(body), "status": {"currentPodHash": current, "stableRS": current}}


@against("rollout-selectors")
def services_that_lead_elsewhere() -> Iterator[Attack]:
    """A Service that says it is a Rollout's, and leads to other pods than its current ones."""

    def managed(by: str, pods: str) -> Body:
        annotations = {"argo-rollouts.argoproj.io/managed-by-rollouts": by}
        return with_metadata(service(**{HASH: pods}), annotations=annotations)

    for said, ours, theirs in (
        ("of a template that is not current", managed("web", "new"), managed("web", "old")),
        ("of a Rollout that is not there", managed("other", "new"), managed("other", "old")),
        ("of a Rollout that names another", managed("web", "new"), managed("web", "old")),
        ("of nobody", service(**{HASH: "new"}), service(**{HASH: "old"})),
    ):
        named = "other" if "names another" in said else "picked"
        it = rollout("new", named)
        yield Attack(f"the pods {said}", left=edit(it, ours), right=edit(it, theirs), forms=RUNS)
    it = rollout("new", "picked")
    yield Attack(
        "another label beside the hash",
        left=edit(it, managed("web", "new")),
        right=edit(it, with_metadata(managed("web", "new"), labels={"exposed": "yes"})),
        forms=RUNS,
    )


@against("kapp-labels")
def selectors_of_other_apps() -> Iterator[Attack]:
    """A Service that picks the pods of another app, or of all of them."""
    own = with_metadata(service(**{APP: "1"}), labels={APP: "1"})
    for said, selector in (("another", {APP: "2"}), ("every", {}), ("no", {APP: ""})):
        it = with_metadata(service(**selector), labels={APP: "1"})
        yield Attack(f"the pods of {said} app", left=edit(own), right=edit(it))
    two = [with_metadata(service(f"s{n}", **{APP: n}), labels={APP: n}) for n in "12"]
    crossed = [
        with_metadata(service(f"s{n}", **{APP: other}), labels={APP: n})
        for n, other in ("12", "21")
    ]
    yield Attack("two apps' Services are exchanged", left=edit(*two), right=edit(*crossed))


@against("image-triggers")
def images_that_no_trigger_wrote() -> Iterator[Attack]:
    """An image that a trigger's note does not cover, or that another namespace holds."""
    registry = "image-registry.openshift-image-registry.svc:5000"
    images = [f"{registry}/{ways.STAGING}/web@sha256:{64 * letter}" for letter in "ab"]

    def config(image: str, noted: str, name: str = "web") -> Body:
        params = {"containerNames": [name], "lastTriggeredImage": noted}
        spec = {
            "triggers": [{"type": "ImageChange", "imageChangeParams": params}],
            "template": {"spec": {"containers": [{"name": "web", "image": image}]}},
        }
        return served(resource("apps.openshift.io/v1", "DeploymentConfig", "web", spec=spec))

    one, two = images
    for said, theirs in {
        "image and note are others": config(two, two),
        "the note is another": config(one, two),
        "the image is another": config(two, one),
        "the namespace is another": config(*[one.replace(ways.STAGING, "evil")] * 2),
        "the registry is another": config(*[one.replace(registry, "evil:5000")] * 2),
        "the container is another": config(one, one, "other"),
    }.items():
        yield Attack(said, left=edit(config(one, one)), right=edit(theirs))

    def stream(image: str, **tag: Any) -> Body:
        tags = [{"name": "1", "from": {"kind": "DockerImage", "name": image}, **tag}]
        return served(resource("image.openshift.io/v1", "ImageStream", "web", spec={"tags": tags}))

    ours = edit(stream("x/web:1", generation=1))
    yield Attack("another source", left=ours, right=edit(stream("evil/web:1", generation=2)))
    yield Attack("another policy", left=ours, right=edit(stream("x/web:1", reference=True)))


@against("external-secret-notes")
def secrets_of_other_external_secrets() -> Iterator[Attack]:
    """A Secret whose label or whose maker is another, or that holds something else."""
    spec = {"target": {"name": "db"}}
    makers = [
        served(resource("external-secrets.io/v1", "ExternalSecret", name, spec=spec))
        for name in ("db", "other")
    ]

    def made(by: Body, letter: str = "a", **labels: str) -> Body:
        it = secret("db", data={"password": value(letter)}, labels=labels)
        return owned(it, by)

    own = edit(*makers, made(makers[0], **{CREATED_BY: 56 * "a"}))
    other = made(makers[0], **{CREATED_BY: 56 * "b"})
    yield Attack("another label", left=own, right=edit(*makers, other))
    other = made(makers[0], "b", **{CREATED_BY: 56 * "a"})
    yield Attack("another value", left=own, right=edit(*makers, other))
    other = made(makers[1], **{CREATED_BY: 56 * "a"})
    yield Attack("another maker", left=own, right=edit(*makers, other))


@against("pull-credential")
def pull_secrets_by_hand() -> Iterator[Attack]:
    """A pull Secret with a generated name, listed by its account, that somebody wrote."""
    sides = []
    for letter, suffix in (("a", "bcdfg"), ("b", "ghjkl")):
        name = f"puller-dockercfg-{suffix}"
        pull = secret(name, "kubernetes.io/dockercfg", data={".dockercfg": value(letter)})
        account = resource("v1", "ServiceAccount", "puller", imagePullSecrets=[{"name": name}])
        sides.append((pull, served(account)))
    (pull, account), (other, listing) = sides
    left = edit(pull, account)
    yield Attack("another credential", left=left, right=edit(other, listing), forms=RUNS)
    yield added("a second one that nobody lists", other, left=left, forms=RUNS)
    yield Attack(
        "another type",
        left=left,
        right=edit({**pull, "type": "Opaque"}, account),
        forms=RUNS,
    )


@against("issued-certificate")
def certificates_by_hand() -> Iterator[Attack]:
    """A Secret of a Certificate, in which somebody put a key of their own."""
    annotations = {"cert-manager.io/certificate-name": "web"}
    spec = {"secretName": "web-tls", "dnsNames": ["web.example.com"]}
    issued = served(resource("cert-manager.io/v1", "Certificate", "web", spec=spec))

    def tls(letter: str, *, manager: str = "kubectl-edit", **more: str) -> Body:
        data = {"tls.crt": value(letter), "tls.key": value(letter), **more}
        it = secret("web-tls", "kubernetes.io/tls", data=data, annotations=annotations)
        entries = [{**entry, "manager": manager} for entry in it["metadata"]["managedFields"]]
        return with_metadata(it, managedFields=entries)

    issuer = "cert-manager-certificates-issuing"
    yield Attack("another key", left=edit(issued, tls("a")), right=edit(issued, tls("b")))
    yield Attack(
        "no Certificate",
        left=edit(tls("a", manager=issuer)),
        right=edit(tls("b", manager=issuer)),
    )
    yield Attack(
        "one side by hand",
        left=edit(issued, tls("a", manager=issuer)),
        right=edit(issued, tls("b")),
        forms=RUNS,
    )
    yield Attack(
        "another value beside it",
        left=edit(issued, tls("a", manager=issuer, extra=value("a"))),
        right=edit(issued, tls("a", manager=issuer, extra=value("b"))),
    )
    evil = served(
        resource("cert-manager.io/v1", "Certificate", "web", spec={**spec, "dnsNames": ["evil"]})
    )
    yield Attack(
        "another name is certified",
        left=edit(issued, tls("a", manager=issuer)),
        right=edit(evil, tls("b", manager=issuer)),
    )


@against("generated-configuration")
def configurations_by_hand() -> Iterator[Attack]:
    """What is called as the Prometheus operator calls what it generates, and is somebody's."""
    own = served(resource("monitoring.coreos.com/v1", "Prometheus", "main"))

    def made(letter: str, name: str = "prometheus-main") -> Body:
        return owned(secret(name, data={"prometheus.yaml.gz": value(letter)}), own)

    for said, name in (("generated", "prometheus-main"), ("somebody's", "prometheus-other")):
        left, right = made("a", name), made("b", name)
        yield Attack(f"a name that is {said}", left=edit(own, left), right=edit(own, right))
    operator = [
        with_metadata(
            it,
            managedFields=[
                {**entry, "manager": "PrometheusOperator"}
                for entry in it["metadata"]["managedFields"]
            ],
        )
        for it in (made("a", "mine"), made("b", "mine"))
    ]
    yield Attack(
        "a Secret that the operator does not make",
        left=edit(own, operator[0]),
        right=edit(own, operator[1]),
    )
