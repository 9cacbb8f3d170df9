"""What somebody writes where an operator generates, counts or picks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.attacks._environment import workload
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.attacks._ownership import owned
from tests.accuracy.attacks._secrets import secret, value
from tests.accuracy.hostile import Body, resource
from tests.accuracy.worlds import AGAINST_LIVE, DUMPS, LIVE, edit, served

RUNS = (LIVE, DUMPS)


def by(manager: str, body: Body) -> Body:
    """The object, written by somebody of another name."""
    entries = [{**entry, "manager": manager} for entry in body["metadata"]["managedFields"]]
    return with_metadata(body, managedFields=entries)


@against("generated-credentials")
def credentials_by_hand() -> Iterator[Attack]:
    """A password or a key that a hand wrote, or that stands where the operator makes none."""
    owners = {
        "CloudNativePG": (resource("postgresql.cnpg.io/v1", "Cluster", "db"), "manager"),
        "Strimzi": (resource("kafka.strimzi.io/v1", "Kafka", "db"), "strimzi-cluster-operator"),
    }
    for said, (body, operator) in owners.items():
        owner = served(body)

        def made(letter: str, key: str, name: str, of: Body = owner) -> Body:
            return owned(secret(name, data={key: value(letter)}), ways.owner(of))

        for manager, key, name in (
            ("kubectl-edit", "password", "db-app"),
            ("kubectl-edit", "ca.key", "db-ca"),
            (operator, "username", "db-app"),
            (operator, "password", "web"),
        ):
            ours, theirs = (by(manager, made(letter, key, name)) for letter in "ab")
            yield Attack(
                f"{said}: {key} in {name}, by {manager}",
                left=edit(owner, ours),
                right=edit(owner, theirs),
                forms=RUNS,
            )
        alone = [by(operator, secret("db-app", data={"password": value(x)})) for x in "ab"]
        yield Attack(
            f"{said}: nobody's password",
            left=edit(owner, alone[0]),
            right=edit(owner, alone[1]),
            forms=RUNS,
        )


@against("consequence")
def made_by_hand() -> Iterator[Attack]:
    """What a manifest's controller is known to make, and somebody else has written."""
    sealed = {"encryptedData": {"password": "AgBy3i4OJSWK"}}
    target = {"name": "web"}
    made: dict[str, tuple[Body, Body]] = {
        "controller": (
            resource("bitnami.com/v1alpha1", "SealedSecret", "db", spec=sealed),
            secret("db"),
        ),
        "externalsecrets.external-secrets.io/db": (
            resource("external-secrets.io/v1", "ExternalSecret", "db", spec={}),
            secret("db"),
        ),
        "cert-manager-certificates-issuing": (
            resource("cert-manager.io/v1", "Certificate", "web", spec={"secretName": "web-cert"}),
            secret("web-cert", annotations={"cert-manager.io/certificate-name": "web"}),
        ),
        "keda": (
            resource("keda.sh/v1alpha1", "ScaledObject", "web", spec={"scaleTargetRef": target}),
            served(
                resource(
                    "autoscaling/v2",
                    "HorizontalPodAutoscaler",
                    "keda-hpa-web",
                    spec={"scaleTargetRef": {"kind": "Deployment", **target}, "maxReplicas": 500},
                )
            ),
        ),
    }
    for manager, (owner, body) in made.items():
        maker = served(owner)
        it = owned(body, ways.owner(maker))
        yield Attack(
            f"{body['kind']} of a {owner['kind']}",
            left=edit(maker),
            right=edit(maker, it),
            control=edit(maker, by(manager, it)),
            forms=(AGAINST_LIVE,),
        )


@against("consequence", "generated-references")
def credentials_that_an_account_lists() -> Iterator[Attack]:
    """A lasting token, or any Secret, that somebody made for an account and put on its list."""
    account = ways.recorded("ServiceAccount", "bookshop")
    of_account = {"kubernetes.io/service-account.name": "bookshop"}
    for what, field, type_ in (
        ("token", "secrets", "kubernetes.io/service-account-token"),
        ("token", "secrets", "Opaque"),
        ("dockercfg", "imagePullSecrets", "kubernetes.io/dockercfg"),
        ("dockercfg", "imagePullSecrets", "kubernetes.io/dockerconfigjson"),
    ):
        name = f"bookshop-{what}-bcdfg"
        it = secret(name, type_, annotations=of_account)
        listing = {**account, field: [*account.get(field, ()), {"name": name}]}
        yield added(f"{what} of the type {type_}", it, listing, forms=(*RUNS, AGAINST_LIVE))


def _route(**host: str) -> Body:
    spec = {**host, "to": {"kind": "Service", "name": "web"}}
    return resource("route.openshift.io/v1", "Route", "web", spec=spec)


@against("generated-host")
def hosts_by_hand() -> Iterator[Attack]:
    """A Route that says its host is generated, which is another's."""

    def route(host: str, **annotations: str) -> Body:
        return with_metadata(served(_route(), host=host), annotations=annotations)

    def by_hand(host: str, **annotations: str) -> Body:
        return with_metadata(served(_route(host=host)), annotations=annotations)

    generated = {"openshift.io/host.generated": "true"}
    ours, own = f"web-{ways.STAGING}.apps.one", f"web-{ways.STAGING}.apps.two"
    for said, theirs in {
        "another name": route(f"api-{ways.STAGING}.apps.one", **generated),
        "another namespace": route("web-evil.apps.one", **generated),
        "no note": route(own),
        "another domain, by hand": by_hand(own, **generated),
    }.items():
        left = route(ours, **({} if said == "no note" else generated))
        yield Attack(said, left=edit(left), right=edit(theirs), forms=RUNS)


@against("target-group")
def target_groups_by_hand() -> Iterator[Attack]:
    """A binding that leads to another Service, or to what a hand wrote."""

    def binding(manager: str, service: str, **spec: str) -> Body:
        fields = {"serviceRef": {"name": service, "port": 80}, "targetGroupARN": "arn:a", **spec}
        body = served(resource("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", "web", spec=fields))
        return by(manager, body)

    ours = edit(binding("controller", "web"))
    for said, theirs in {
        "another Service": binding("controller", "evil"),
        "another group, by hand": binding("kubectl-edit", "web", targetGroupARN="arn:evil"),
        "another type": binding("controller", "web", targetType="instance"),
        "another address": binding("controller", "web", ipAddressType="ipv6"),
    }.items():
        yield Attack(said, left=ours, right=edit(theirs), forms=RUNS)


@against("composed-names")
def names_of_others() -> Iterator[Attack]:
    """A reference to an object that was not composed for this one, and a name that is another's."""
    maker = {"apiVersion": "example.com/v1", "kind": "Database"}

    def database(name: str) -> Body:
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": name}
        spec = {"resourceRefs": [reference]}
        return served(resource(maker["apiVersion"], maker["kind"], "orders", spec=spec))

    def composed(name: str, of: Body | None, role: str = "settings") -> Body:
        annotations = {"crossplane.io/composition-resource-name": role}
        body = with_metadata(served(resource("v1", "ConfigMap", name)), annotations=annotations)
        return owned(body, ways.owner(of)) if of else body

    own = database("orders-a")
    ours = [composed("orders-a", own), composed("orders-b", own, "other")]
    yield Attack(
        "another role", left=edit(own, *ours), right=edit(database("orders-b"), *ours), forms=RUNS
    )
    strangers = [composed(name, None) for name in ("orders-a", "orders-b")]
    yield Attack(
        "nobody's",
        left=edit(own, *strangers),
        right=edit(database("orders-b"), *strangers),
        forms=RUNS,
    )

    def bucket(external: str) -> Body:
        annotations = {"crossplane.io/external-name": external}
        body = served(resource("example.com/v1", "Bucket", "orders-a"))
        return with_metadata(body, generateName="orders-", annotations=annotations)

    yield Attack(
        "another bucket", left=edit(bucket("orders-a")), right=edit(bucket("evil")), forms=RUNS
    )


def revision(**labels: str) -> Body:
    body = resource("serving.knative.dev/v1", "Revision", "hello-00001")
    return with_metadata(served(body), labels=labels)


@against("revision-names")
def revisions_of_others() -> Iterator[Attack]:
    """A Service below a Revision that picks another one's pods, and addresses that a hand wrote."""
    it = revision()

    def service(of: Body | None, **selector: str) -> Body:
        spec = {
            "type": "ClusterIP",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
            "selector": {"app": "web", **selector},
        }
        body = served(resource("v1", "Service", "hello-00001-private", spec=spec))
        return owned(body, ways.owner(of)) if of else body

    key = "serving.knative.dev/revision"
    for said, of in (("below it", it), ("nobody's", None)):
        yield Attack(
            f"another Revision, {said}",
            left=edit(it, service(of, **{key: "hello-00001"})),
            right=edit(it, service(of, **{key: "hello-00002"})),
            forms=RUNS,
        )
    yield added("a Service that is called so", service(it), left=edit(it), forms=(LIVE,))

    group = "networking.internal.knative.dev/v1alpha1"
    serverless = served(resource(group, "ServerlessService", "hello-00001"))

    def endpoints(ip: str, manager: str) -> Body:
        subsets = [{"addresses": [{"ip": ip}], "ports": [{"port": 80}]}]
        body = served(resource("v1", "Endpoints", "hello-00001", subsets=subsets))
        return by(manager, owned(body, ways.owner(serverless)))

    yield Attack(
        "addresses by hand",
        left=edit(serverless, endpoints("10.0.0.1", "controller")),
        right=edit(serverless, endpoints("203.0.113.9", "kubectl-edit")),
        forms=RUNS,
    )


@against("instance-names")
def instances_of_others() -> Iterator[Attack]:
    """A Pod of a database that says it is another instance, or a second primary one."""
    cluster = served(resource("postgresql.cnpg.io/v1", "Cluster", "db"))
    it = {**cluster, "status": {"currentPrimary": "db-1"}}

    def instance(name: str, labels: Body, hostname: str, of: Body | None = it) -> Body:
        spec = {"hostname": hostname, "containers": [{"name": "postgres", "image": "x/y:1"}]}
        body = served(resource("v1", "Pod", name, spec=spec))
        return with_metadata(owned(body, ways.owner(of)) if of else body, labels=labels)

    key, role = "cnpg.io/instanceName", "cnpg.io/instanceRole"
    ours = edit(it, instance("db-2", {key: "db-2", role: "replica"}, "db-2"))
    for said, labels, hostname in (
        ("a second primary", {key: "db-2", role: "primary"}, "db-2"),
        ("another instance", {key: "db-1", role: "replica"}, "db-2"),
        ("another host", {key: "db-2", role: "replica"}, "db-1"),
    ):
        theirs = edit(it, instance("db-2", labels, hostname))
        yield Attack(said, left=ours, right=theirs, forms=RUNS)
    alone = [instance("db-2", {key: "db-2", role: r}, "db-2", None) for r in ("replica", "primary")]
    yield Attack("nobody's", left=edit(it, alone[0]), right=edit(it, alone[1]), forms=RUNS)


@against("uids")
def uids_of_others() -> Iterator[Attack]:
    """A selector or a label with the uid of another object, or of none."""
    known = [served(resource("v1", "ConfigMap", name)) for name in ("one", "two")]
    uids = [body["metadata"]["uid"] for body in known]

    def labelled(uid: Any) -> Body:
        return with_metadata(served(resource("v1", "ConfigMap", "it")), labels={"of": uid})

    ours = edit(*known, labelled(uids[0]))
    for said, uid in (("another's", uids[1]), ("nobody's", "no-uid"), ("a name", "one")):
        yield Attack(said, left=ours, right=edit(*known, labelled(uid)), forms=RUNS)


@against("independent-sources", "issued-certificate", "generated-credentials")
def sources_that_share_what_is_not_compared() -> Iterator[Attack]:
    """A key that an operator writes, and another source has as well: the last one counts."""
    certificate = served(
        resource("cert-manager.io/v1", "Certificate", "a", spec={"secretName": "a"})
    )
    database = served(resource("postgresql.cnpg.io/v1", "Cluster", "a"))
    issued = secret(
        "a",
        "kubernetes.io/tls",
        annotations={"cert-manager.io/certificate-name": "a"},
        data={key: value("a") for key in ("tls.crt", "tls.key", "more")},
    )
    generated = owned(
        secret("a-app", data={key: value("a") for key in ("username", "password")}),
        ways.owner(database),
    )
    cases = {
        "tls.crt": (certificate, by("cert-manager-certificates-issuing", issued)),
        "password": (database, by("manager", generated)),
    }
    for key, (maker, made) in cases.items():
        own = served(resource("v1", "ConfigMap", "own", data={key: "own"}))
        sources = [{"secret": {"name": made["metadata"]["name"]}}, {"configMap": {"name": "own"}}]
        left, right = (
            edit(
                workload({}, volumes=[{"name": "v", "projected": {"sources": order}}]),
                maker,
                made,
                own,
            )
            for order in (sources, sources[::-1])
        )
        yield Attack(
            f"projected: {key} in two sources", left=left, right=right, forms=(LIVE, DUMPS)
        )


@against("generated-credentials", "issued-certificate", "service-account-token")
def generated_values_that_are_gone() -> Iterator[Attack]:
    """A key that an operator or a controller writes, and somebody has taken out."""
    database = served(resource("postgresql.cnpg.io/v1", "Cluster", "a"))
    certificate = served(
        resource("cert-manager.io/v1", "Certificate", "a", spec={"secretName": "a"})
    )
    login = owned(
        secret("a-app", data={key: value("a") for key in ("username", "password")}),
        ways.owner(database),
    )
    issued = secret(
        "a",
        "kubernetes.io/tls",
        annotations={"cert-manager.io/certificate-name": "a"},
        data={key: value("a") for key in ("tls.crt", "tls.key")},
    )
    token = secret(
        "a-token",
        "kubernetes.io/service-account-token",
        annotations={"kubernetes.io/service-account.name": "default"},
        data={key: value("a") for key in ("token", "ca.crt", "namespace")},
    )
    for manager, made, key, makers in (
        ("manager", login, "password", [database]),
        ("cert-manager-certificates-issuing", issued, "tls.key", [certificate]),
        ("kube-controller-manager", token, "token", []),
    ):
        whole = by(manager, made)
        data = {name: item for name, item in made["data"].items() if name != key}
        yield Attack(
            f"{key} is gone",
            left=edit(*makers, whole),
            right=edit(*makers, {**whole, "data": data}),
            forms=RUNS,
        )
