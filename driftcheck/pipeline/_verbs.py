"""The verbs of the library: capture, compare, list images, load, save, and what leave it takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from driftcheck.capture import RequiredRole, role_in, without_collection
from driftcheck.codec import snapshot_bytes
from driftcheck.errors import ResultError, SnapshotError, UsageError
from driftcheck.images import parse_mirrors
from driftcheck.model import (
    Category,
    FilePath,
    Gate,
    ImageTable,
    Result,
    Scope,
    Shown,
    Snapshot,
    parse_renaming,
    parse_selector,
)
from driftcheck.normalization import NOTHING_KNOWN
from driftcheck.pipeline._images import contents_in, image_table, images_of, with_tags_now
from driftcheck.pipeline._judging import compare_snapshots, try_rules
from driftcheck.pipeline._looking import EnvironmentLike, Looker, OnProgress
from driftcheck.pipeline._notebooks import notebook_forms, notebook_html
from driftcheck.pipeline._policies import PolicyLike, policy_of
from driftcheck.pipeline._silence import silent
from driftcheck.policy import RuleTrial
from driftcheck.sources import (
    STANDARD_INPUT,
    ClusterAddress,
    Registries,
    connect,
    docker_logins,
    file_address,
    parse_address,
    read_address,
    read_result_file,
    write_atomically,
)
from driftcheck.verdict import contradiction


@silent
def capture(
    environment: EnvironmentLike,
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    secret_key_file: str | Path | None = None,
    secret_values: bool = True,
    timeout: float = 300.0,
    settle: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Snapshot:
    """Look at an environment once.

    Args:
        environment: What names it (`shop`, `shop@prod-eu`, `./manifests`, `-`), or is it
            already: a path, a snapshot, or an iterable of Kubernetes objects as dicts.
        context: The kubeconfig's context, where the name itself says none.
        kubeconfig: The kubeconfig's path; by default `$KUBECONFIG` or `~/.kube/config`.
        secret_key_file: The key for Secret fingerprints; by default
            `$DRIFTCHECK_SECRET_KEY`, or this user's own.
        secret_values: Whether to ask for the values of Secrets; else for their metadata alone.
        timeout: Seconds after which the look is given up.
        settle: Seconds to wait for rollouts to end and for objects to stand still.
        on_progress: Told how far the look has come.

    Returns:
        What was seen, with everything that could not be seen in its coverage.

    Raises:
        StartError: Nothing could be looked at; its `hint` says what to do.
    """
    looker = Looker(
        context, kubeconfig, secret_key_file, secret_values, timeout, settle, on_progress
    )
    return looker.look(environment)


@silent
def compare(
    *environments: EnvironmentLike,
    kinds: str | Iterable[str] = (),
    selector: str = "",
    renamed: Mapping[str, str] = MappingProxyType({}),
    mirrors: Mapping[str, str] = MappingProxyType({}),
    policy: PolicyLike = None,
    fail_on: str | Iterable[Category | str] | None = None,
    max_findings: int = 0,
    today: date | None = None,
    registry: bool = False,
    pull_secrets: bool = False,
    context: str | None = None,
    kubeconfig: str | None = None,
    secret_key_file: str | Path | None = None,
    secret_values: bool = True,
    timeout: float = 300.0,
    settle: float = 0.0,
    on_progress: OnProgress | None = None,
) -> Result:
    """Say whether environments are the same, and how we know.

    Args:
        environments: Two or more; the first is the baseline. See `capture` for what each may be.
        kinds: Compare only this kind or these, as `Deployment` or `Deployment.apps`.
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
        registry: Whether to ask registries what unequal digests hold.
        pull_secrets: Whether to use the logins of the namespaces' image pull Secrets for that.
        context: See `capture`.
        kubeconfig: See `capture`.
        secret_key_file: See `capture`.
        secret_values: See `capture`.
        timeout: See `capture`; it holds for each environment.
        settle: See `capture`.
        on_progress: See `capture`.

    Returns:
        The verdict, every difference, and what they rest on.

    Raises:
        StartError: An environment could not be looked at, or an argument makes no sense.
    """
    _check_environments(environments)
    asked = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    scope = Scope(asked, parse_selector(selector) if selector else ())
    looker = Looker(
        context, kubeconfig, secret_key_file, secret_values, timeout, settle, on_progress
    )
    renamings = tuple(parse_renaming(name, other) for name, other in renamed.items())
    expectations = policy_of(policy)
    gate = Gate.of(fail_on, max_findings)
    registries = _registries(looker, environments, registry, pull_secrets)
    snapshots = looker.look_at_all(environments)
    contents = NOTHING_KNOWN
    if registries:
        contents = contents_in(snapshots, registries, renamings)
    return compare_snapshots(
        snapshots,
        scope=scope,
        renamings=renamings,
        mirrors=parse_mirrors(mirrors),
        contents=contents,
        policy=expectations,
        gate=gate,
        today=today or datetime.now(UTC).date(),
    )


@silent
def try_policy(
    *environments: EnvironmentLike,
    policy: PolicyLike,
    today: date | None = None,
    context: str | None = None,
    kubeconfig: str | None = None,
    secret_key_file: str | Path | None = None,
    secret_values: bool = True,
    timeout: float = 300.0,
    settle: float = 0.0,
    on_progress: OnProgress | None = None,
) -> tuple[RuleTrial, ...]:
    """Say what each rule of a policy, all alone, explains of environments.

    Args:
        environments: Two or more, such as saved snapshots; see `compare`.
        policy: See `compare`.
        today: See `compare`.
        context: See `capture`.
        kubeconfig: See `capture`.
        secret_key_file: See `capture`.
        secret_values: See `capture`.
        timeout: See `capture`; it holds for each environment.
        settle: See `capture`.
        on_progress: See `capture`.

    Returns:
        A trial for each rule, in the policy's order.

    Raises:
        StartError: An environment could not be looked at, or the policy is none.
    """
    _check_environments(environments)
    expectations = policy_of(policy)
    looker = Looker(
        context, kubeconfig, secret_key_file, secret_values, timeout, settle, on_progress
    )
    snapshots = looker.look_at_all(environments)
    return try_rules(snapshots, expectations, today=today or datetime.now(UTC).date())


@silent
def list_images(
    *environments: EnvironmentLike,
    registry: bool = False,
    pull_secrets: bool = False,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = 300.0,
    settle: float = 0.0,
    on_progress: OnProgress | None = None,
) -> ImageTable:
    """Say what runs where, by digest; no Secret's value is asked for.

    Args:
        environments: One or more; see `capture` for what each may be.
        registry: Whether to ask registries what unequal digests hold.
        pull_secrets: Whether to use the logins of the namespaces' image pull Secrets for that.
        context: See `capture`.
        kubeconfig: See `capture`.
        timeout: See `capture`; it holds for each environment.
        settle: See `capture`.
        on_progress: See `capture`.

    Returns:
        A row for each container that runs anywhere.

    Raises:
        StartError: An environment could not be looked at, or an argument makes no sense.
    """
    if not environments:
        raise UsageError("no environment is named", hint="name one, or more")
    _check_standard_input(environments)
    looker = Looker(context, kubeconfig, None, False, timeout, settle, on_progress)
    registries = _registries(looker, environments, registry, pull_secrets)
    snapshots = looker.look_at_all(environments)
    if registries is None:
        return image_table(snapshots)
    table = image_table(snapshots, contents_in(snapshots, registries))
    return with_tags_now(table, registries)


def _registries(
    looker: Looker, environments: tuple[EnvironmentLike, ...], registry: bool, pull_secrets: bool
) -> Registries | None:
    """Whom to ask about images, and as whom; None where nobody is to be asked."""
    if not registry:
        if pull_secrets:
            raise UsageError(
                "pull Secrets are for asking registries, and none is to be asked",
                hint="write --registry as well",
            )
        return None
    logins = [docker_logins(os.environ)]
    logins += looker.pull_logins(environments) if pull_secrets else ()
    return Registries(logins, timeout=looker.timeout)


def _check_environments(environments: tuple[EnvironmentLike, ...]) -> None:
    if len(environments) < 2:  # noqa: PLR2004 - one environment has nothing to differ from
        raise UsageError("nothing to compare with", hint="name two environments, or more")
    _check_standard_input(environments)


def _check_standard_input(environments: tuple[EnvironmentLike, ...]) -> None:
    if list(environments).count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read once only", hint="name one - and a file")


@silent
@without_collection()
def load(file: str | FilePath) -> Snapshot:
    """Read a saved snapshot.

    Args:
        file: What `Snapshot.save` or `driftcheck capture` wrote.

    Returns:
        The snapshot, under the file's name.

    Raises:
        StartError: The file is not there, is not a snapshot, or is of a newer version.
    """
    found = read_address(file_address(Path(file)), stdin=sys.stdin.buffer)
    if not isinstance(found, Snapshot):
        raise SnapshotError(
            f"{file}: not a snapshot, but manifests",
            hint="pass a path to `capture` or `compare` to use manifests",
        )
    return found


@without_collection()
def load_result(file: str | FilePath) -> Result:
    """Read a saved result.

    Args:
        file: What `driftcheck compare -o json=FILE` wrote, or `render(result, "json")` gave;
            gzipped or not. `-` is standard input.

    Returns:
        The result; rendered again, it is what it was.

    Raises:
        StartError: The file is not there, is not a result, is of a newer version, or
            contradicts itself.
    """
    path = None if file == STANDARD_INPUT else Path(file)
    result = read_result_file(path, stdin=sys.stdin.buffer)
    lie = contradiction(result)
    if lie:
        raise ResultError(
            f"{path or 'standard input'}: changed after it was written: {lie}",
            hint="copy the file again, or compare anew",
        )
    return result


def save(snapshot: Snapshot, file: str | FilePath) -> None:
    """Write a snapshot to a file: the whole of it, or nothing.

    Args:
        snapshot: What to write.
        file: Where; gzipped if the name ends in `.gz`.

    Raises:
        StartError: The file can't be written.
    """
    compressed = Path(file).suffix == ".gz"
    write_atomically(Path(file), snapshot_bytes(snapshot, compressed=compressed))


Snapshot.save = save
Snapshot.images = property(images_of)
Shown._repr_html_ = notebook_html
Shown._repr_mimebundle_ = notebook_forms


@silent
def required_role(
    environment: str,
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    timeout: float = 300.0,
) -> RequiredRole:
    """Say what leave `capture` needs in a Namespace; asks for nothing but what is served.

    Args:
        environment: `shop`, or `shop@prod-eu`.
        context: See `capture`.
        kubeconfig: See `capture`.
        timeout: Seconds after which the question is given up.

    Returns:
        The least Role.

    Raises:
        StartError: The cluster can't be asked, or this is no Namespace of one.
    """
    address = parse_address(environment)
    if not isinstance(address, ClusterAddress):
        raise UsageError(
            f"{environment}: only a namespace of a cluster needs a Role",
            hint="name one: shop, or shop@context",
        )
    with connect(
        context=address.context or context, kubeconfig=kubeconfig, timeout=timeout
    ) as connection:
        return role_in(connection, address.namespace)
