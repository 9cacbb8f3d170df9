"""What an object that is compared in its own right follows from: what may have made it.

Where it is missing on a side, that may explain why. What a built-in kind makes stands in the
table of makers, and is proven; a custom resource's controller may make anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from driftcheck.model import SECRET, Document, GroupKind, ObjectReference, Owner
from driftcheck.normalization._generators import generated_for
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._makers import holds, maker_of
from driftcheck.normalization._pods import GENERATED_SUFFIX
from driftcheck.normalization._schema import is_builtin
from driftcheck.normalization._surroundings import (
    AUTOSCALER,
    SCALED_OBJECT,
    SERVICE_ACCOUNT,
    VOLUME_CLAIM,
    Surroundings,
)

CERTIFICATE = GroupKind("cert-manager.io", "Certificate")
EXTERNAL_SECRET = GroupKind("external-secrets.io", "ExternalSecret")
SEALED_SECRET = GroupKind("bitnami.com", "SealedSecret")
_CERTIFICATE_NAME = "cert-manager.io/certificate-name"


def owner_of(document: Document, around: Surroundings) -> Owner | None:
    """What an object follows from; None where nothing that was captured can have made it."""
    for find in (_maker, _claimant, _account, _certificate, _generated, _controller):
        owner = find(document, around)
        if owner:
            return owner
    return None


def _maker(document: Document, around: Surroundings) -> Owner | None:
    maker = maker_of(document, around)
    return Owner(maker.reference, is_proven=True) if maker else None


def _claimant(document: Document, around: Surroundings) -> Owner | None:
    """The StatefulSet whose template a volume claim is made of."""
    if document.reference.group_kind != VOLUME_CLAIM:
        return None
    claimant = around.claimant_of(document.reference.name)
    templates = (
        inside(template, "spec")
        for template in maps_in(
            inside(around.documents[claimant].body, "spec") if claimant else {},
            "volumeClaimTemplates",
        )
        if document.reference.name.startswith(f"{inside(template, 'metadata').get('name')}-")
    )
    is_made = any(holds(inside(document.body, "spec"), template) for template in templates)
    return Owner(claimant, is_proven=True) if claimant and is_made else None


def _account(document: Document, around: Surroundings) -> Owner | None:
    """The ServiceAccount that a controller generated a credential for, and lists it.

    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#token-controller
    """
    stem = generated_stem(document, around)
    account = stem.removesuffix("-token-").removesuffix("-dockercfg-")
    return Owner(ObjectReference(*SERVICE_ACCOUNT, account), is_proven=True) if stem else None


def _certificate(document: Document, around: Surroundings) -> Owner | None:
    found = certificate_of(document, around)
    return Owner(found.reference, is_proven=True) if found else None


def _generated(document: Document, around: Surroundings) -> Owner | None:
    owner = generated_for(document, around)
    return Owner(owner.reference, is_proven=True) if owner else None


def certificate_of(document: Document, around: Surroundings) -> Document | None:
    """The Certificate that a Secret says it was made for, and that asks for it by name.

    https://cert-manager.io/docs/usage/certificate/
    """
    name = inside(document.metadata, "annotations").get(_CERTIFICATE_NAME)
    found = around.documents.get(ObjectReference(*CERTIFICATE, str(name))) if name else None
    asked = inside(found.body, "spec").get("secretName") if found else None
    is_asked_for = document.reference == ObjectReference(*SECRET, str(asked))
    return found if is_asked_for else None


def generated_stem(document: Document, around: Surroundings) -> str:
    """What a Secret's name begins with that a ServiceAccount lists as generated; else nothing."""
    named = re.fullmatch(rf"(.+)-(token|dockercfg)-{GENERATED_SUFFIX}", document.reference.name)
    if document.reference.group_kind != SECRET or not named:
        return ""
    account = around.account(named[1])
    listed = [
        item.get("name")
        for field in ("secrets", "imagePullSecrets")
        for item in maps_in(account, field)
    ]
    name = document.reference.name
    is_listed = name in listed or around.pull_secrets.get(name, name) in listed
    return f"{named[1]}-{named[2]}-" if is_listed else ""


def _controller(document: Document, around: Surroundings) -> Owner | None:
    """The custom resource that an owner reference names."""
    controller = around.controller_of(document)
    if controller is None or is_builtin(controller.reference.group_kind):
        return None
    return Owner(controller.reference, is_proven=is_named_by(document, controller))


def is_named_by(document: Document, controller: Document) -> bool:
    """Whether an object is the very one that a custom resource is known to make."""
    name = _NAMES.get((controller.reference.group_kind, document.reference.group_kind))
    return name is not None and name(controller) == document.reference.name


def _of_scaled_object(owner: Document) -> Any:
    """https://keda.sh/docs/latest/reference/scaledobject-spec/#advanced."""
    config = inside(owner.body, "spec", "advanced", "horizontalPodAutoscalerConfig")
    return config.get("name") or f"keda-hpa-{owner.reference.name}"


def _of_external_secret(owner: Document) -> Any:
    """https://external-secrets.io/latest/api/externalsecret/."""
    return inside(owner.body, "spec", "target").get("name") or owner.reference.name


def _of_sealed_secret(owner: Document) -> Any:
    """https://github.com/bitnami-labs/sealed-secrets#overview."""
    return owner.reference.name


_NAMES: dict[tuple[GroupKind, GroupKind], Callable[[Document], Any]] = {
    (SCALED_OBJECT, AUTOSCALER): _of_scaled_object,
    (EXTERNAL_SECRET, SECRET): _of_external_secret,
    (SEALED_SECRET, SECRET): _of_sealed_secret,
}
"""By owner and made, how custom resources call the one object that they make, and write again."""
