"""`driftcheck policy`: look after what is expected."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from driftcheck import model, pipeline, reports, sources
from driftcheck import policy as policies
from driftcheck.cli import _offers
from driftcheck.cli._options import DEBUG_OPTION, POLICY_FILE, cluster_options
from driftcheck.cli._progress import ProgressLine
from driftcheck.cli._telling import show, tell
from driftcheck.errors import PolicyError, UsageError
from driftcheck.model import counted
from driftcheck.reports import inert, inert_line

if TYPE_CHECKING:
    from datetime import date

    from driftcheck.model import Finding
    from driftcheck.policy import Policy, Rule, RuleTrial

_POLICY = click.option(
    "--policy",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path(POLICY_FILE),
    show_default=True,
    help="The policy.",
)
_OUTPUT = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to write the policy, which must not be there yet; by default standard output.",
)
TO_BE_MENDED = 1
_SHOWN = 10
"""How many findings of one rule are shown."""


@click.group("policy")
def policy_command() -> None:
    """Look after a policy: what may differ, what must, and what must not."""


@policy_command.command(
    "lint",
    epilog="Exit status: 0, 1 where something must be mended, or 2 if it can't be read.",
)
@click.argument("file", metavar="[FILE]", type=click.Path(path_type=Path), default=POLICY_FILE)
@click.option("--strict", is_flag=True, help="End with 1 where there is but a warning as well.")
@DEBUG_OPTION
def lint_command(file: Path, *, strict: bool) -> int:
    """Say what is to be mended in a policy, driftcheck.yaml by default."""
    try:
        policy = pipeline.load_policy(file)
    except PolicyError as error:
        if not error.mistakes:
            raise
        for mistake in error.mistakes:
            show(f"{mistake}{f'; {mistake.hint}' if mistake.hint else ''}")
        return TO_BE_MENDED
    advice = policies.lint(policy, today=_today())
    for item in advice:
        show(f"{item.place}: {'' if item.must else 'warning: '}{item.rule} {item.said}")
    if not advice:
        rules = counted(len(policy.rules) + len(policy.unseen), "rule")
        show(f"{file}: {rules}, and nothing to mend")
    return TO_BE_MENDED if any(strict or item.must for item in advice) else 0


@policy_command.command("explain", epilog="Exit status: 0, or 2 if it is no policy or no path.")
@click.argument("path", metavar="PATH")
@click.option(
    "--object",
    "subject",
    metavar="KIND/NAME",
    help="Of this object alone: Deployment/web, or Ingress.networking.k8s.io/web.",
)
@_POLICY
@DEBUG_OPTION
def explain_command(path: str, subject: str | None, file: Path) -> int:
    """Say which rules speak of a place, such as spec.replicas."""
    policy = pipeline.load_policy(file)
    rules = policies.rules_about(
        policy, model.parse_path(path), **(_object(subject) if subject else {})
    )
    if not rules:
        click.echo("no rule speaks of it: a difference there is drift")
        return 0
    rows = [("rule", "effect", "speaks of", "reason")]
    rows += [(rule.id, rule.effect.value, _subject(rule), rule.reason) for rule in rules]
    for line in reports.table([tuple(map(inert, row)) for row in rows]):
        show(line)
    return 0


@policy_command.command("test", epilog="Exit status: 0, or 2 if nothing could start.")
@click.argument(
    "environments",
    metavar="ENV ENV [ENV ...]",
    nargs=-1,
    required=True,
    shell_complete=_offers.files,
)
@click.option("--rule", "ids", metavar="ID", multiple=True, help="Try this rule alone.")
@_POLICY
@cluster_options
def test_command(
    environments: tuple[str, ...], ids: tuple[str, ...], file: Path, **look: Any
) -> int:
    """Say what each rule, all alone, would hide of environments, such as saved snapshots."""
    policy = _only(pipeline.load_policy(file), ids)
    with ProgressLine() as progress:
        trials = pipeline.try_policy(
            *environments, policy=policy, on_progress=progress.show, **look
        )
    for trial in trials:
        for line in _trial_lines(trial):
            show(line)
    if policy.of_audits:
        rules = counted(len(policy.of_audits), "rule")
        names = ", ".join(rule.id for rule in policy.of_audits)
        show(f"not tried: {rules} about audits ({names}); driftcheck audit ENV holds them to one")
    return 0


@policy_command.command("init", epilog="Exit status: 0, or 2 if the result can't be read.")
@click.argument("result", metavar="RESULT", shell_complete=_offers.files)
@_OUTPUT
@DEBUG_OPTION
def init_command(result: str, output: Path | None) -> int:
    """Write a policy that explains what compare -o json=RESULT found; - is standard input."""
    _refuse_what_is_there(output)
    proposal = policies.propose(pipeline.load_result(result), today=_today())
    _write_policy(proposal.rules, proposal.said or ("nothing differs that nobody expects",), output)
    for sentence in proposal.said:
        tell(inert(sentence))
    if proposal.rules:
        tell("fill in every reason: a placeholder is refused")
    return 0


@policy_command.command("import", epilog="Exit status: 0, or 2 if nothing could be read.")
@click.argument(
    "files", metavar="FILE [FILE ...]", nargs=-1, required=True, shell_complete=_offers.files
)
@_OUTPUT
@DEBUG_OPTION
def import_command(files: tuple[str, ...], output: Path | None) -> int:
    """Write what Argo CD, Flux or kluctl were told to ignore as a policy."""
    _refuse_what_is_there(output)
    found = [policies.import_rules(_read(file), source=file) for file in files]
    rules = [rule for imported in found for rule in imported.rules]
    numbered = [{**rule, "id": f"imported-{n}"} for n, rule in enumerate(rules, start=1)]
    _write_policy(numbered, (f"imported from {', '.join(files)}",), output)
    for imported in found:
        for sentence in imported.lost:
            tell(inert(sentence))
    return 0


@policy_command.command("schema", epilog="Exit status: 0.")
@DEBUG_OPTION
def schema_command() -> int:
    """Print the JSON Schema of policies, for editors that complete and check them."""
    from importlib.resources import files

    click.echo(files("driftcheck.policy").joinpath("schemas/policy-v1.json").read_bytes(), nl=False)
    return 0


def _today() -> date:
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _object(text: str) -> dict[str, str | None]:
    kind, slash, name = text.partition("/")
    if not (kind and slash and name):
        raise UsageError(f"--object {text}: no object", hint="write --object Deployment/web")
    kind, dot, group = kind.partition(".")
    return {"group": group if dot else None, "kind": kind, "name": name}


def _subject(rule: Rule) -> str:
    """What a rule speaks of, in a line."""
    match = rule.match
    kind = match.kind.text if match.group.text == "*" else f"{match.kind.text}.{match.group.text}"
    objects = f"{kind.rstrip('.')} {match.name.text}"
    paths = ", ".join(map(str, rule.paths)) or "everything"
    found = f"{match.check.value} of an audit, " if match.check else ""
    return f"{found}{objects}: {paths}{' (by labels)' if match.labels else ''}"


def _only(policy: Policy, ids: tuple[str, ...]) -> Policy:
    """The policy with these rules alone; with all where none is named."""
    from attrs import evolve

    known = {rule.id for rule in policy.rules}
    for name in ids:
        if name not in known:
            hint = f"there are: {', '.join(sorted(known))}"
            raise UsageError(f"{policy.source} has no rule {name!r}", hint=hint)
    rules = tuple(rule for rule in policy.rules if not ids or rule.id in ids)
    return evolve(policy, rules=rules)


def _trial_lines(trial: RuleTrial) -> Iterable[str]:
    rule = trial.rule
    yield f"{rule.id} ({rule.effect.value if rule.effect else ''}): {_counts(trial)}"
    if rule.note:
        yield f"  {rule.note}"
    yield from _finding_lines("explains", trial.explained)
    yield from _finding_lines("would hide, if it were dangerous: true,", trial.refused)
    yield from _finding_lines("is violated by", trial.violations)


def _counts(trial: RuleTrial) -> str:
    said = [f"explains {counted(len(trial.explained), 'difference')}"]
    if trial.refused:
        said.append(f"would hide {len(trial.refused)} dangerous")
    if trial.violations:
        said.append(f"is violated {counted(len(trial.violations), 'time')}")
    return ", ".join(said)


def _finding_lines(verb: str, findings: tuple[Finding, ...]) -> Iterable[str]:
    for item in findings[:_SHOWN]:
        yield f"  {verb} {item.object} {item.path} ({item.category.value})".replace("  (", " (")
    if len(findings) > _SHOWN:
        yield f"  {verb} {len(findings) - _SHOWN} more"


def _refuse_what_is_there(output: Path | None) -> None:
    """A policy is written by people, too: what is there is never written over."""
    if output and output.exists():
        raise UsageError(f"{output} is there already", hint="name another file, and merge the two")


def _write_policy(
    rules: Iterable[Mapping[str, Any]], said: Iterable[str], output: Path | None
) -> None:
    heading = "".join(f"{inert_line(f'# {sentence}')}\n" for sentence in said)
    text = f"{heading}{reports.inert_yaml({'version': 1, 'rules': list(rules)})}".encode()
    if output:
        sources.write_atomically(output, text)
    else:
        click.echo(text, nl=False)


def _read(file: str) -> bytes:
    try:
        if file == "-":
            return sources.read_whole(sys.stdin.buffer)
        return sources.read_settings(Path(file))
    except OSError as error:
        raise PolicyError(f"{file}: {error.strerror}", hint="name a file that is there") from None
