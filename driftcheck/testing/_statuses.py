"""How an API server says no: the Status objects, in its own words."""

from __future__ import annotations

from typing import Any

from driftcheck.testing._requests import Target

JSON = dict[str, Any]

BAD_CONTINUE = "invalid continue token: continue key is not valid"
TOO_OLD = "The resourceVersion for the provided list is too old."
EXPIRED_CONTINUE = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)
INCONSISTENT_CONTINUE = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter, or use the continue token in this "
    "response to retrieve the remainder of the results. Continuing with the provided token results "
    "in an inconsistent list - objects that were created, modified, or deleted between the time "
    "the first chunk was returned and now may show up in the list."
)


def status(code: int, reason: str, message: str, *, details: JSON | None = None) -> JSON:
    """A Status object; its `details` are left out where there are none."""
    body: JSON = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
    }
    if details is not None:
        body["details"] = details
    return body | {"code": code}


def bad_request(message: str) -> JSON:
    """400: the request makes no sense."""
    return status(400, "BadRequest", message)


def unauthorized() -> JSON:
    """401: nobody has this token."""
    return status(401, "Unauthorized", "Unauthorized")


def forbidden(user: str, target: Target) -> JSON:
    """403: this user may not do this here."""
    place = target.place
    namespace = target.name if place.resource == "namespaces" else place.namespace
    scope = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = (
        f'{_qualified(target)} is forbidden: User "{user}" cannot {target.verb} resource '
        f'"{place.resource}" in API group "{place.group}" {scope}'
    )
    return status(403, "Forbidden", message, details=_details(target))


def not_found(target: Target) -> JSON:
    """404: there is no object of this name."""
    message = f"{_qualified(target)} not found"
    return status(404, "NotFound", message, details=_details(target))


def no_such_resource() -> JSON:
    """404: the recording has no such list."""
    message = "the recording holds no such list"
    return status(404, "NotFound", message, details={})


def method_not_allowed() -> JSON:
    """405: this server only reads."""
    message = "the server does not allow this method on the requested resource"
    return status(405, "MethodNotAllowed", message, details={})


def not_acceptable() -> JSON:
    """406: the client takes nothing that can be served."""
    message = "only the following media types are accepted: application/json"
    return status(406, "NotAcceptable", message)


def expired(message: str = EXPIRED_CONTINUE, *, token: str = "") -> JSON:
    """410: what was asked for is no longer kept.

    Args:
        message: What is too old.
        token: A continue token for the inconsistent remainder; may be empty.
    """
    body = status(410, "Expired", message)
    return body | {"metadata": {"continue": token}} if token else body


def internal_error(code: int, message: str) -> JSON:
    """500 and its like: the server could not do it."""
    reasons = {503: "ServiceUnavailable", 504: "Timeout"}
    return status(code, reasons.get(code, "InternalError"), message)


def _qualified(target: Target) -> str:
    place = target.place
    resource = f"{place.resource}.{place.group}" if place.group else place.resource
    return f'{resource} "{target.name}"' if target.name else resource


def _details(target: Target) -> JSON:
    named = {
        "name": target.name,
        "group": target.place.group,
        "kind": target.place.resource,
    }
    return {key: value for key, value in named.items() if value}
