"""Objects as somebody might have written them, for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Body = dict[str, Any]

NAMES = st.sampled_from(["api", "db", "web", "worker"])
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\ue000"), max_size=6)
KEYS = st.sampled_from(["a", "b", "some.key/with-dots", "c d", "ключ", 'q"uote'])
SCALARS = st.one_of(
    WORDS, st.booleans(), st.integers(-(2**63), 2**63), st.floats(-1e6, 1e6), st.sampled_from([""])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
LABELS = st.dictionaries(KEYS, WORDS, max_size=2)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Body]:
    """A map with any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def named(*required: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Body]]:
    """A list of maps with names of their own."""
    must = {name: fields.pop(name) for name in required}
    item = st.fixed_dictionaries({"name": NAMES, **must}, optional=fields)
    return st.lists(item, max_size=3, unique_by=lambda made: made["name"])


def words(*choices: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(choices), max_size=3, unique=True)


CONTAINERS = named(
    "image",
    image=st.sampled_from(["shop/web:1", "shop/web:2", "shop/api@sha256:" + 64 * "a"]),
    args=st.lists(st.sampled_from(["-a", "-b", "--verbose"]), max_size=4),
    env=named(value=st.sampled_from(["1", "x", "$(api)/y"])),
    ports=st.lists(
        st.fixed_dictionaries(
            {"containerPort": st.integers(1, 3), "protocol": st.sampled_from(["TCP", "UDP"])}
        ),
        max_size=3,
        unique_by=lambda port: (port["containerPort"], port["protocol"]),
    ),
    resources=some(
        requests=st.dictionaries(
            st.sampled_from(["cpu", "memory"]), st.sampled_from(["1", "250m", "1Gi", "512Mi"])
        )
    ),
    securityContext=some(
        runAsNonRoot=st.just(True), capabilities=some(drop=words("ALL", "NET_RAW", "CHOWN"))
    ),
    volumeMounts=st.just([{"name": "data", "mountPath": "/data"}]),
)
POD_SPECS = some(
    containers=CONTAINERS,
    initContainers=CONTAINERS,
    nodeSelector=LABELS,
    serviceAccountName=NAMES,
    tolerations=st.lists(some(key=NAMES, operator=st.just("Exists")).filter(bool), max_size=2),
    volumes=st.sampled_from([[], [{"name": "data", "emptyDir": {}}]]),
)


def objects_of(
    api_version: str, kind: str, **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[Body]:
    metadata = st.fixed_dictionaries(
        {"name": NAMES},
        optional={"labels": LABELS, "annotations": LABELS, "finalizers": words("x", "y")},
    )
    return st.fixed_dictionaries(
        {"apiVersion": st.just(api_version), "kind": st.just(kind), "metadata": metadata},
        optional=fields,
    )


def namesakes(left: Body, right: Body) -> tuple[Body, Body]:
    """Two objects of a kind as one object in two environments."""
    return left, {**right, "metadata": {**right["metadata"], "name": left["metadata"]["name"]}}


INGRESS_RULES = st.lists(
    some(
        host=st.sampled_from(["a.example.com", "b.example.com"]),
        http=some(
            paths=st.lists(
                some(path=st.sampled_from(["/", "/api"]), pathType=st.just("Prefix")), max_size=2
            )
        ),
    ),
    max_size=3,
)
RBAC_RULES = st.lists(
    some(
        apiGroups=words("", "apps"),
        resources=words("pods", "secrets", "configmaps"),
        verbs=words("get", "list", "delete"),
    ),
    max_size=3,
)

KINDS = (
    objects_of(
        "apps/v1",
        "Deployment",
        spec=some(
            replicas=st.integers(0, 3), template=some(metadata=some(labels=LABELS), spec=POD_SPECS)
        ),
    ),
    objects_of("v1", "ConfigMap", data=st.dictionaries(KEYS, WORDS, max_size=3)),
    objects_of("v1", "Secret", stringData=st.dictionaries(KEYS, WORDS, max_size=3)),
    objects_of(
        "networking.k8s.io/v1",
        "Ingress",
        spec=some(rules=INGRESS_RULES, tls=st.lists(some(hosts=words("a", "b")), max_size=2)),
    ),
    objects_of("rbac.authorization.k8s.io/v1", "Role", rules=RBAC_RULES),
    objects_of("example.com/v1", "Thing", spec=JSON),
)
OBJECTS = st.one_of(KINDS)
PAIRS = st.one_of([st.tuples(kind, kind).map(lambda pair: namesakes(*pair)) for kind in KINDS])
ENVIRONMENTS = st.lists(
    OBJECTS, max_size=4, unique_by=lambda body: (body["kind"], body["metadata"]["name"])
)
