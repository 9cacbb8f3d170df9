"""What an object that is compared in its own right follows from: what may have made it.

Where it is missing on a side, that may explain why. What a built-in kind makes stands in the
table of makers, and is proven; a custom resource's controller may make anything. What somebody
else has written is nobody's making.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import frozen

from driftcheck.model import SECRET, Document, Field, GroupKind, ObjectReference, Owner
from driftcheck.normalization._choices import CONTROLLER_MANAGERS, is_chosen
from driftcheck.normalization._generators import generated_for
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._makers import is_of_claim_template, maker_of
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
CERTIFICATE_MANAGER = "cert-manager-certificates-issuing"
_CERTIFICATE_NAME = "cert-manager.io/certificate-name"
_ACCOUNT_MANAGERS = CONTROLLER_MANAGERS | {"openshift-controller-manager"}
_CREDENTIALS = {
    "token": "kubernetes.io/service-account-token",
    "dockercfg": "kubernetes.io/dockercfg",
}
"""By what stands in its name, the type of a Secret that is generated for a ServiceAccount."""


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
    if document.kind != VOLUME_CLAIM:
        return None
    claimant = around.claimant_of(document.reference.name)
    spec = inside(around.documents[claimant].body, "spec") if claimant else {}
    is_made = any(
        document.reference.name.startswith(f"{inside(template, 'metadata').get('name')}-")
        and is_of_claim_template(document, inside(template, "spec"))
        for template in maps_in(spec, "volumeClaimTemplates")
    )
    return Owner(claimant, is_proven=True) if claimant and is_made else None


def _account(document: Document, around: Surroundings) -> Owner | None:
    """The ServiceAccount that a controller generated a credential for, and lists it.

    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#token-controller
    """
    account, _, what = generated_stem(document, around).removesuffix("-").rpartition("-")
    if not account or document.body.get("type") != _CREDENTIALS[what]:
        return None
    is_generated = _is_written_by(document, "type", _ACCOUNT_MANAGERS)
    return Owner(ObjectReference(*SERVICE_ACCOUNT, account), is_proven=is_generated)


def _certificate(document: Document, around: Surroundings) -> Owner | None:
    found = certificate_of(document, around)
    if found is None:
        return None
    is_issued = _is_written_by(document, "data", frozenset({CERTIFICATE_MANAGER}))
    return Owner(found.reference, is_proven=is_issued)


def _is_written_by(document: Document, field: str, managers: frozenset[str]) -> bool:
    """Whether nobody else is known to have written a field of an object that a server keeps."""
    return not (document.is_live and is_chosen(document, (Field(field),), controllers=managers))


def _generated(document: Document, around: Surroundings) -> Owner | None:
    owner = generated_for(document, around)
    return Owner(owner.reference, is_proven=True) if owner else None


def certificate_of(document: Document, around: Surroundings) -> Document | None:
    """The Certificate that a Secret says it was made for, and that asks for it by name.

    https://cert-manager.io/docs/usage/certificate/
    """
    if document.kind != SECRET:
        return None
    name = inside(document.metadata, "annotations").get(_CERTIFICATE_NAME)
    found = around.documents.get(ObjectReference(*CERTIFICATE, str(name))) if name else None
    asked = inside(found.body, "spec").get("secretName") if found else None
    return found if document.reference.name == str(asked) else None


def generated_stem(document: Document, around: Surroundings) -> str:
    """What a Secret's name begins with that a ServiceAccount lists as generated; else nothing."""
    if document.kind != SECRET:
        return ""
    named = re.fullmatch(rf"(.+)-(token|dockercfg)-{GENERATED_SUFFIX}", document.reference.name)
    if not named:
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
    if controller is None or is_builtin(controller.kind):
        return None
    making = _MAKING.get((controller.kind, document.kind))
    is_proven = making is not None and making.explains(document, controller)
    return Owner(controller.reference, is_proven=is_proven)


def is_named_by(document: Document, controller: Document) -> bool:
    """Whether an object is the very one that a custom resource is known to make."""
    making = _MAKING.get((controller.kind, document.kind))
    return making is not None and making.name(controller) == document.reference.name


@frozen
class _Making:
    """How a custom resource's controller makes the one object that it makes, and writes again.

    Args:
        name: What it calls the object.
        field: What it writes there.
        manager: Under which name, around that of the custom resource.
    """

    name: Callable[[Document], Any]
    field: str
    manager: str

    def explains(self, document: Document, controller: Document) -> bool:
        """Whether an object is that one, and nobody else has written into it."""
        managers = frozenset({self.manager.format(controller.reference.name)})
        is_called_so = self.name(controller) == document.reference.name
        return is_called_so and _is_written_by(document, self.field, managers)


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


_MAKING: dict[tuple[GroupKind, GroupKind], _Making] = {
    (SCALED_OBJECT, AUTOSCALER): _Making(_of_scaled_object, "spec", "keda"),
    (EXTERNAL_SECRET, SECRET): _Making(
        _of_external_secret, "data", "externalsecrets.external-secrets.io/{}"
    ),
    (SEALED_SECRET, SECRET): _Making(_of_sealed_secret, "data", "controller"),
}
"""By owner and made.

The program of KEDA, and of sealed-secrets (`docker/controller.Dockerfile`); `fieldOwnerTemplate`
in pkg/controllers/externalsecret/externalsecret_controller.go of External Secrets
"""
