"""The verbs that say something of environments: compare, try a policy, list images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Unpack

from driftcheck.errors import UsageError
from driftcheck.images import parse_mirrors
from driftcheck.model import (
    Category,
    Gate,
    ImageTable,
    Result,
    Scope,
    parse_renaming,
    parse_selector,
)
from driftcheck.normalization import NOTHING_KNOWN
from driftcheck.pipeline._images import image_table
from driftcheck.pipeline._judging import compare_snapshots, try_rules
from driftcheck.pipeline._looking import EnvironmentLike, check_standard_input, look_at_all
from driftcheck.pipeline._options import CaptureOptions, Look, LookOptions
from driftcheck.pipeline._policies import PolicyLike, policy_of
from driftcheck.pipeline._silence import silent

if TYPE_CHECKING:
    from driftcheck.policy import RuleTrial
    from driftcheck.sources import Registries


@silent
def compare(
    *environments: EnvironmentLike,
    kinds: str | Iterable[str] = (),
    exclude_kinds: str | Iterable[str] = (),
    selector: str = "",
    renamed: Mapping[str, str] = MappingProxyType({}),
    mirrors: Mapping[str, str] = MappingProxyType({}),
    policy: PolicyLike = None,
    fail_on: str | Iterable[Category | str] | None = None,
    max_findings: int = 0,
    today: date | None = None,
    untouched: bool = False,
    closed: bool = False,
    registry: bool = False,
    pull_secrets: bool = False,
    **options: Unpack[CaptureOptions],
) -> Result:
    """Say whether environments are the same, and how we know.

    Args:
        environments: Two or more; the first is the baseline. See `capture` for what each may be.
        kinds: Compare only this kind or these, as kubectl takes them: `Deployment`, `deploy`
            or `deployments.apps`.
        exclude_kinds: Don't look at this kind or these; the verdict is then `equivalent` at
            best. What is dangerous, Secrets and Pods take a policy (`unseen`).
        selector: Compare only objects with these labels, as `kubectl -l` takes them.
        renamed: Names of the baseline's and what they are in the others, `{"web": "web-v2"}` or
            `{"Service/blue-*": "green-*"}`.
        mirrors: Registries, or folders of them, that are copies, and of what:
            `{"mirror.corp/gcr": "gcr.io"}`.
        policy: What may differ, must, and must not: a policy's file, what such a file would
            hold, or a `Policy`; by default nothing is expected.
        fail_on: The categories whose findings stop a release, and `hand` for those that a hand
            may have written; by default all.
        max_findings: How many of these there may be.
        today: The day by which the policy's rules end; by default today, in UTC.
        untouched: Whether every object is a finding that anybody wrote, but for its status, since
            the baseline was looked at; all environments are one namespace at several moments.
        closed: Whether what a declaration (`helm:shop`, `applied:shop`) does not say is a
            difference from a look at the same namespace as well; by default it is counted in
            `undeclared`. Anywhere else what only one side has always is one.
        registry: Whether to ask registries what unequal digests hold.
        pull_secrets: Whether to use the logins of the namespaces' image pull Secrets for that.
        options: How to look: see `CaptureOptions`.

    Returns:
        The verdict, every difference, and what they rest on.

    Raises:
        StartError: An environment could not be looked at, or an argument makes no sense.
    """
    check_environments(environments)
    scope = Scope(
        kinds=(kinds,) if isinstance(kinds, str) else kinds,
        selector=parse_selector(selector) if selector else (),
        exclude_kinds=(exclude_kinds,) if isinstance(exclude_kinds, str) else exclude_kinds,
    )
    look = Look(**options)
    renamings = tuple(parse_renaming(name, other) for name, other in renamed.items())
    expectations = policy_of(policy)
    gate = Gate.of(fail_on, max_findings)
    registries = _registries(look, environments, registry, pull_secrets)
    snapshots = look_at_all(environments, look)
    contents = NOTHING_KNOWN
    if registries:
        from driftcheck.pipeline._registries import contents_in

        contents = contents_in(snapshots, registries, renamings)
    result = compare_snapshots(
        snapshots,
        scope=scope,
        renamings=renamings,
        mirrors=parse_mirrors(mirrors),
        contents=contents,
        policy=expectations,
        gate=gate,
        untouched=untouched,
        platform=look.platform is True,
        closed=closed,
        today=today or datetime.now(UTC).date(),
    )
    if look.store is None:
        return result
    from driftcheck.pipeline._since import with_since
    from driftcheck.pipeline._stores import opened

    with opened(look.store) as archive:
        return with_since(result, snapshots, archive)


@silent
def try_policy(
    *environments: EnvironmentLike,
    policy: PolicyLike,
    today: date | None = None,
    **options: Unpack[CaptureOptions],
) -> tuple[RuleTrial, ...]:
    """Say what each rule of a policy, all alone, explains of environments.

    Args:
        environments: Two or more, such as saved snapshots; see `compare`.
        policy: See `compare`.
        today: See `compare`.
        options: How to look: see `CaptureOptions`.

    Returns:
        A trial for each rule, in the policy's order.

    Raises:
        StartError: An environment could not be looked at, or the policy is none.
    """
    check_environments(environments)
    expectations = policy_of(policy)
    look = Look(**options)
    snapshots = look_at_all(environments, look)
    return try_rules(snapshots, expectations, today=today or datetime.now(UTC).date())


@silent
def list_images(
    *environments: EnvironmentLike,
    registry: bool = False,
    pull_secrets: bool = False,
    **options: Unpack[LookOptions],
) -> ImageTable:
    """Say what runs where, by digest; no Secret's value is asked for.

    Args:
        environments: One or more; see `capture` for what each may be.
        registry: Whether to ask registries what unequal digests hold.
        pull_secrets: Whether to use the logins of the namespaces' image pull Secrets for that.
        options: How to look: see `LookOptions`.

    Returns:
        A row for each container that runs anywhere.

    Raises:
        StartError: An environment could not be looked at, or an argument makes no sense.
    """
    if not environments:
        raise UsageError("no environment is named", hint="name one, or more")
    check_standard_input(environments)
    look = Look(secret_values=False, platform=False, **options)
    registries = _registries(look, environments, registry, pull_secrets)
    snapshots = look_at_all(environments, look)
    if registries is None:
        return image_table(snapshots)
    from driftcheck.pipeline._registries import contents_in, with_tags_now

    table = image_table(snapshots, contents_in(snapshots, registries))
    return with_tags_now(table, registries)


def _registries(
    look: Look, environments: tuple[EnvironmentLike, ...], registry: bool, pull_secrets: bool
) -> Registries | None:
    """Whom to ask about images, and as whom; None where nobody is to be asked."""
    if registry:
        from driftcheck.pipeline._registries import registries_for

        return registries_for(environments if pull_secrets else (), look)
    if pull_secrets:
        raise UsageError(
            "pull Secrets are for asking registries, and none is to be asked",
            hint="write --registry as well",
        )
    return None


def check_environments(environments: tuple[EnvironmentLike, ...]) -> None:
    """Refuse what nothing can be compared of.

    Raises:
        UsageError: There are fewer than two, or standard input is meant twice.
    """
    if len(environments) < 2:  # noqa: PLR2004 - one environment has nothing to differ from
        raise UsageError("nothing to compare with", hint="name two environments, or more")
    check_standard_input(environments)
