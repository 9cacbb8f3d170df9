"""What is run at some moment and need not be there afterwards: hooks of a release, and Jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from driftcheck.model import GroupKind, ObjectReference, Origin, State

PASSED_HOOK, PASSED_JOB = "passed-hook", "passed-job"

_HOOKS = ("helm.sh/hook", "argocd.argoproj.io/hook")
_DELETE_POLICIES = ("helm.sh/hook-delete-policy", "argocd.argoproj.io/hook-delete-policy")
_ON_EVERY_INSTALLATION = {"pre-install", "post-install", "PreSync", "Sync", "PostSync"}
_WHEN_IT_SUCCEEDED = {"hook-succeeded", "HookSucceeded"}
_JOB = GroupKind("batch", "Job")
_RUN_TO_COMPLETION = (GroupKind("", "Pod"), _JOB)


def is_passed_hook(reference: ObjectReference, states: Sequence[State]) -> bool:
    """Whether manifests declare a hook, and where it is missing it has passed or not come yet.

    A live Namespace need not have a hook that runs to completion, that is deleted when it
    succeeded, or that an installation does not run, such as a test.
    https://helm.sh/docs/topics/charts_hooks/, https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/
    """
    there = [state for state in states if reference in state.objects]
    missing = [state for state in states if reference not in state.objects]
    return all(state.origin is Origin.CLUSTER for state in missing) and all(
        state.objects[reference].is_declared
        and _may_be_gone(reference.group_kind, state.objects[reference].content["metadata"])
        for state in there
    )


def is_passed_job(reference: ObjectReference, states: Sequence[State]) -> bool:
    """Whether a declared Job that is to be deleted once it has finished is gone from its place.

    https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/
    """
    there = [state for state in states if reference in state.objects]
    return reference.group_kind == _JOB and all(
        state.declaration is not None
        and "ttlSecondsAfterFinished" in state.objects[reference].content.get("spec", {})
        for state in there
    )


def _may_be_gone(kind: GroupKind, metadata: Mapping[str, Any]) -> bool:
    events = _values(metadata, _HOOKS)
    return bool(events) and (
        kind in _RUN_TO_COMPLETION
        or not events & _ON_EVERY_INSTALLATION
        or bool(_values(metadata, _DELETE_POLICIES) & _WHEN_IT_SUCCEEDED)
    )


def _values(metadata: Mapping[str, Any], keys: Sequence[str]) -> set[str]:
    """What annotations list, separated by commas."""
    annotations = metadata.get("annotations") or {}
    return {
        value.strip() for key in keys if key in annotations for value in annotations[key].split(",")
    }
