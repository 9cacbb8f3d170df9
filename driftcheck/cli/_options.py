"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from driftcheck import model, sources
from driftcheck.cli._offers import contexts, kinds, words
from driftcheck.errors import UsageError
from driftcheck.reports import FEWEST_CHARACTERS, MOST_CHARACTERS

POLICY_FILE = "driftcheck.yaml"
Command = TypeVar("Command", bound=Callable[..., Any])


def _pairs(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """`NAME=OTHER` each, as a map."""
    return {name: other for name, _, other in (text.partition("=") for text in given)}


def _list(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Names with commas between; None where none is given."""
    return tuple(name.strip() for text in given for name in text.split(",")) or None


def _what_stops(_context: click.Context) -> list[str]:
    """What `--fail-on` takes."""
    return [*(category.value for category in model.Category), model.ManagerClass.HAND.value]


DEBUG_OPTION = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    help="Log requests, never their bodies, and show tracebacks.",
)
timeout_option = click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="Give up on what is asked over a wire after this long.",
)
CONNECTION_OPTIONS = (
    click.option(
        "--context",
        metavar="NAME",
        shell_complete=words(contexts),
        help="The kubeconfig's context.",
    ),
    click.option("--kubeconfig", metavar="FILE", help="The kubeconfig, instead of $KUBECONFIG."),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=300.0,
        show_default=True,
        help="Give up on an environment after this long.",
    ),
    DEBUG_OPTION,
)
REGISTRY_OPTIONS = (
    click.option(
        "--registry",
        is_flag=True,
        help="Ask registries what unequal digests hold, with your Docker config file's logins.",
    ),
    click.option(
        "--pull-secrets",
        is_flag=True,
        help="With --registry, use the logins of the namespaces' image pull Secrets as well.",
    ),
)
STORE_OPTION = click.option(
    "--store",
    metavar="FOLDER",
    help="Where looks are kept, instead of $DRIFTCHECK_STORE or ./driftcheck-history.",
)
LOOK_OPTIONS = (
    click.option(
        "--settle",
        metavar="SECONDS",
        type=click.FloatRange(min=0),
        default=0.0,
        help="Wait this long for rollouts to end and objects to stand still.",
    ),
    STORE_OPTION,
    *CONNECTION_OPTIONS,
)
CLUSTER_OPTIONS = (
    click.option(
        "--secret-key-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The key for Secret fingerprints, instead of $DRIFTCHECK_SECRET_KEY or your own.",
    ),
    click.option(
        "--no-secret-values",
        "secret_values",
        flag_value=False,
        default=True,
        help="Don't ask clusters for the values of Secrets; what is then not compared is said.",
    ),
    click.option(
        "--helm-storage",
        metavar="NAMESPACE",
        help="Where Helm keeps the releases of helm:…, if not where they are deployed.",
    ),
    *LOOK_OPTIONS,
)
no_platform_option = click.option(
    "--no-platform",
    "platform",
    flag_value=False,
    default=None,
    help="Don't look at what reaches in from outside the namespace.",
)
platform_option = click.option(
    "--platform/--no-platform",
    "platform",
    default=None,
    help="Hold the verdict to what reaches in from outside as well, or don't look at it.",
)
SCOPE_OPTIONS = (
    click.option(
        "--kind",
        "kinds",
        metavar="KIND",
        multiple=True,
        shell_complete=words(kinds),
        help="Compare these kinds only, as kubectl takes them: deploy,svc; may be repeated.",
    ),
    click.option(
        "--exclude-kind",
        "exclude_kinds",
        metavar="KIND",
        multiple=True,
        shell_complete=words(kinds),
        help="Don't look at these kinds, and let the verdict be equivalent at best.",
    ),
    click.option(
        "-l",
        "--selector",
        metavar="LABELS",
        default="",
        help="Compare objects with these labels only.",
    ),
    click.option(
        "--renamed",
        metavar="NAME=OTHER",
        multiple=True,
        callback=_pairs,
        help="The baseline's NAME is OTHER elsewhere: web=web-v2, Service/blue-*=green-*.",
    ),
    click.option(
        "--mirror",
        "mirrors",
        metavar="COPY=REGISTRY",
        multiple=True,
        callback=_pairs,
        help="Images of COPY are those of REGISTRY: mirror.corp/gcr=gcr.io.",
    ),
)

SIGNING_OPTIONS = (
    click.option(
        "--key",
        metavar="FILE|URI",
        help="Sign with this private key: a file in PEM, or a key service's URI.",
    ),
    click.option(
        "--public-key", metavar="FILE", help="Its public half, which a URI needs beside it."
    ),
    click.option(
        "--key-passphrase-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="What the key is encrypted with, instead of $DRIFTCHECK_KEY_PASSPHRASE.",
    ),
    click.option(
        "--timestamp-url",
        metavar="URL",
        help="Let a time-stamping authority (RFC 3161) say when it was signed.",
    ),
)

max_chars_option = click.option(
    "--max-chars",
    metavar="NUMBER",
    type=click.IntRange(min=FEWEST_CHARACTERS),
    default=MOST_CHARACTERS,
    show_default=True,
    help="As markdown: cut the report to this many characters, and say what was cut.",
)
REPORT_OPTIONS = (
    click.option(
        "--short",
        "detail",
        flag_value="short",
        default="full",
        help="As text: a line for each object that differs.",
    ),
    click.option(
        "--stat",
        "detail",
        flag_value="stat",
        help="As text: a line for each object, with the number of its differences and a bar.",
    ),
    click.option(
        "--show-unchanged",
        "unchanged",
        is_flag=True,
        help="As text or markdown: list the objects that are the same as well.",
    ),
    max_chars_option,
)


def report_options(command: Command) -> Command:
    """Give a command the options that say how much a report shows.

    It takes them as `detail`, `unchanged` and `max_chars`, and hands them on to `render`.
    """
    return _with(REPORT_OPTIONS, command)


POLICY_OPTIONS = (
    click.option(
        "--policy",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help=f"What may differ, must, and must not; by default {POLICY_FILE}, if it is there.",
    ),
    click.option("--no-policy", is_flag=True, help="Expect nothing, whatever file is there."),
)
GATE_OPTIONS = (
    click.option(
        "--fail-on",
        metavar="CATEGORIES",
        multiple=True,
        callback=_list,
        shell_complete=words(_what_stops),
        help="Let differences of these categories alone stop: image,security; may be repeated.\n"
        "hand: those that a hand may have written.",
    ),
    click.option(
        "--max-findings",
        metavar="COUNT",
        type=click.IntRange(min=0),
        default=0,
        help="Let so many of these differences through.",
    ),
    click.option(
        "--untouched",
        is_flag=True,
        help="Of one namespace at several moments: stop at every object that was written since.",
    ),
    click.option(
        "--closed",
        is_flag=True,
        help="Of helm: or applied: and their own namespace: count what they do not declare, too.",
    ),
)


def policy_options(command: Command) -> Command:
    """Give a command the options that say what is expected.

    It takes them as `policy` and `no_policy`, of which `chosen_policy` makes one.
    """
    return _with(POLICY_OPTIONS, command)


def gate_options(command: Command) -> Command:
    """Give a command the options that say what stops a release."""
    return _with(GATE_OPTIONS, command)


def chosen_policy(policy: Path | None, no_policy: bool) -> Path | None:
    """The policy's file: what was named, else the one in this folder, else none.

    Raises:
        UsageError: One is named, and none is wanted.
    """
    if policy and no_policy:
        raise UsageError("--policy and --no-policy", hint="leave one of them out")
    if policy or no_policy:
        return policy
    return Path(POLICY_FILE) if Path(POLICY_FILE).is_file() else None


def files_named(look: Mapping[str, Any]) -> list[Path | None]:
    """The files that are read besides environments: the key's, and the kubeconfig's."""
    return [look.get("secret_key_file"), *sources.kubeconfig_files(look.get("kubeconfig"))]


def registry_options(command: Command) -> Command:
    """Give a command the options to ask registries."""
    return _with(REGISTRY_OPTIONS, command)


def signing_options(command: Command) -> Command:
    """Give a command the options that say who signs."""
    return _with(SIGNING_OPTIONS, command)


def scope_options(command: Command) -> Command:
    """Give a command the options that say what is compared."""
    return _with(SCOPE_OPTIONS, command)


def connection_options(command: Command) -> Command:
    """Give a command the options that say which cluster to ask, and for how long."""
    return _with(CONNECTION_OPTIONS, command)


def look_options(command: Command) -> Command:
    """Give a command the options that say how environments are looked at, Secrets left out."""
    return _with(LOOK_OPTIONS, command)


def cluster_options(command: Command) -> Command:
    """Give a command the options that say how environments are looked at.

    It takes them as `**look`, and hands them on to `capture` or `compare`.
    """
    return _with(CLUSTER_OPTIONS, command)


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
