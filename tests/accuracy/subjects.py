"""The objects that are changed: everything recorded, and a full body of every kind."""

from __future__ import annotations

import re
from functools import cache

from driftcheck import Snapshot, capture
from driftcheck.testing import PlaybackServer
from tests.accuracy.bodies import full_bodies
from tests.accuracy.mutations import Outcome, Subject, subject
from tests.builders import snapshot
from tests.conftest import RECORDINGS
from tests.properties.trees import Body, meaning_of

RECORDED = (("drifted", "bookshop-staging"), ("drifted", "bookshop-production"))

_MORE_THAN_ITSELF = {
    r"Service spec\.ipFamilyPolicy": "of a dual stack the families are compared",
    r"Service spec\.clusterIP": "a headless Service gets an address, which is then the server's",
    r"Job spec\.manualSelector": "a selector that was chosen is compared",
    r"LimitRange spec\.limits\..*\.default\..*": "a default limit is the default request as well",
    r".* .*env\[name=POD_.*\.fieldPath": "a variable no longer carries the namespace in its name",
    r"EndpointSlice .*\.hints\.for.*\.name": "an item that has lost all it had is another item",
}
"""Changes that rightly give more than one finding: what is changed, by kind and place, and why."""


def is_more_than_itself(outcome: Outcome) -> bool:
    """Whether a change rightly gives more than one finding."""
    changed = f"{outcome.kind} {outcome.place}"
    return any(re.fullmatch(pattern, changed) for pattern in _MORE_THAN_ITSELF)


def names_of_full_bodies() -> list[str]:
    """The objects that hold every field, as `subject_named` knows them."""
    return [f"{body['kind']} full {body['apiVersion']}" for body in full_bodies()]


def names_of_subjects() -> list[str]:
    """What `subject_named` knows: a kind, and where it is from."""
    recorded = [
        f"{item.reference.kind} {recording} {namespace} {item.reference.name}"
        for recording, namespace in RECORDED
        for item in _seen(recording, namespace).documents
        if meaning_of(_seen(recording, namespace), item.body).item
    ]
    return [*names_of_full_bodies(), *recorded]


def subject_named(name: str) -> Subject:
    """An object to be changed."""
    kind, source, *rest = name.split(" ")
    if source == "full":
        (body,) = [
            body for body in full_bodies() if (body["kind"], body["apiVersion"]) == (kind, rest[0])
        ]
        return _alone(body)
    namespace, name_of_object = rest
    seen = _seen(source, namespace)
    (found,) = [
        item.body
        for item in seen.documents
        if (item.reference.kind, item.reference.name) == (kind, name_of_object)
    ]
    return subject(seen, dict(found))


def _alone(body: Body) -> Subject:
    seen = snapshot(body)
    return subject(seen, dict(seen.documents[0].body))


@cache
def _seen(recording: str, namespace: str) -> Snapshot:
    with PlaybackServer(RECORDINGS[recording]) as server:
        return capture(namespace, kubeconfig=str(server.kubeconfig))
