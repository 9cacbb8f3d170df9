"""What every report says in the same words: changes, values, sources, and the image line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any

from attrs import frozen

from driftcheck.model import (
    EVERYTHING_STOPS,
    ONLY_KINDS,
    SEVERITY,
    Acts,
    Category,
    Change,
    Declarer,
    Environment,
    Finding,
    ManagerClass,
    Origin,
    PlatformVerdict,
    ReadStatus,
    Result,
    RuleHits,
    RuleState,
    Verdict,
    Window,
    Writer,
    counted,
    list_names,
)
from driftcheck.reports._inert import inert

SYMBOLS = {
    Change.ADDED: "+",
    Change.REMOVED: "-",
    Change.CHANGED: "~",
    Change.REORDERED: "↕",
    Change.UNCHANGED: "=",
    Change.TOUCHED: "≈",
    Change.REVERTED: "↺",
    Change.RECREATED: "↻",
    Change.NEW: "+",
    Change.GONE: "-",
}
BECAME = {
    Change.TOUCHED: "was written, and is the same",
    Change.REVERTED: "was changed and changed back",
    Change.RECREATED: "was made anew",
    Change.CHANGED: "was changed",
    Change.NEW: "is new",
    Change.GONE: "is gone",
}
"""What became of an object between two looks."""
NOT_THERE = "—"
NOTHING = "nothing"
"""The same, in a sentence."""
NOT_COVERED = (
    "Not covered by any comparison of objects: files changed inside containers, data in volumes "
    "and databases, settings of nodes."
)
_RUNNING = re.compile(r"running\.(\w+)(\[name=.*\])\.digest")
_DECLARED = re.compile(r"(?:.*\.)?spec\.(\w+)(\[name=.*\])\.image")
_CUT = re.compile(r"… \((?:\d+ changed lines? more, )?(\d+) bytes, sha256:[0-9a-f]+\)$")
"""The end of a value that the result holds only a piece of."""
_DIGEST = re.compile(r"sha(256|512):[0-9a-f]+")
_NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
_SHOWN_OF_DIGEST = 12
LONGEST = 500
"""Characters that are shown of a name, a path or a sentence."""
_TO_MEND = (
    RuleState.FAILED,
    RuleState.DANGEROUS,
    RuleState.EXPIRED,
    RuleState.EXPIRING,
    RuleState.UNUSED,
    RuleState.USED,
)
"""The states of rules, the most urgent first."""
_NO_TIME = "later than any other: the server keeps no time of it"


@frozen
class Line:
    """One line of a report: a finding, or an image declared and running.

    Args:
        finding: The finding.
        running: Beside a declared image, the finding about what runs of it.
    """

    finding: Finding
    running: Finding | None = None


def lines(findings: Iterable[Finding]) -> Iterator[Line]:
    """The findings, each image's declared and running ones on one line.

    They stand on lines of their own where a rule explains or forbids but one of them.
    """
    findings = tuple(findings)
    declared = {slot for finding in findings if (slot := _slot(finding, _DECLARED))}
    running: dict[Hashable, Finding] = {}
    for finding in findings:
        slot = _slot(finding, _RUNNING)
        if slot in declared:
            running.setdefault(slot, finding)
    beside = {id(finding) for finding in running.values()}
    for finding in findings:
        if id(finding) not in beside:
            yield Line(finding, running.pop(_slot(finding, _DECLARED), None))


def _slot(finding: Finding, pattern: re.Pattern[str]) -> Hashable:
    """Whose image it is, and what rules say of it; None of what is no image."""
    matched = pattern.fullmatch(finding.path)
    judged = (finding.expected, finding.violates)
    return (finding.object, *matched.groups(), *judged) if matched else None


def value_text(value: Any) -> str:
    """A value on one line: a string as it is, unless it could be taken for something else."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _is_ambiguous(value) else value
    if isinstance(value, list) and value and all(map(_is_digest, value)):
        return ", ".join(map(short_digest, value))
    return json.dumps(value, ensure_ascii=False)


def excerpts(texts: Sequence[str], width: int) -> list[str]:
    """Texts of one line, cut to where they begin to differ, at most so many columns wide."""
    places = enumerate(zip(*texts, strict=False))
    differing = next((i for i, found in places if len(set(found)) > 1), 0)
    start = max(0, differing - width // 3)
    return [_excerpt(text, start, width) for text in texts]


def _excerpt(text: str, start: int, width: int) -> str:
    if columns(text) <= width:
        return text
    cut = _CUT.search(text)
    size = f" ({cut[1]} bytes)" if cut else ""
    before = "…" if start else ""
    shown = _fitting(text[start:], width - len(before) - 1)
    return f"{before}{shown}{'…' if start + len(shown) < len(text) else ''}{size}"


def _fitting(text: str, width: int) -> str:
    """As much of the beginning as fits into so many columns."""
    shown = text[:width]
    while columns(shown) > width:
        shown = shown[: -max(1, (columns(shown) - width) // 2)]
    return shown


def shared(before: str, after: str) -> int:
    """How many characters both begin with."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    return sum(1 for _ in alike)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: a wide character takes two."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(wcswidth(text), 0)


def shortened(text: str, width: int) -> str:
    """The text in so many columns: of a longer one its beginning, and more of its end."""
    if columns(text) <= width:
        return text
    start = _fitting(text, width // 3)
    return f"{start}…{_fitting(text[::-1], width - columns(start) - 1)[::-1]}"


def padded(text: str, width: int) -> str:
    """The text and as many spaces as fill the columns."""
    return text + " " * (width - columns(text))


def clipped(text: str, most: int = LONGEST) -> str:
    """The text, inert; of a longer one its beginning, with its length said."""
    shown = inert(text[: most + 1])
    if len(shown) <= most:
        return shown
    return f"{shown[:most]}… ({len(text)} characters)"


def _is_ambiguous(text: str) -> bool:
    """Whether a bare string would read as nothing, another JSON value, or several lines."""
    return (
        text != text.strip()
        or not text
        or text in (NOT_THERE, NOTHING)
        or bool(_NUMBER.fullmatch(text))
        or "\n" in text
        or _is_json(text)
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and bool(_DIGEST.fullmatch(value))


def short_digest(digest: str) -> str:
    """A digest's algorithm and first twelve digits."""
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:_SHOWN_OF_DIGEST]}"


_CLASSES = {
    ManagerClass.HAND: ", a hand",
    ManagerClass.PIPELINE: ", a pipeline",
    ManagerClass.GITOPS: ", GitOps",
    ManagerClass.CONTROLLER: ", a controller",
    ManagerClass.UNKNOWN: "",
}
"""What is said of a writer's class behind its name."""


def writer_text(finding: Finding) -> str:
    """Who wrote last, of all that stands at a place, how, when and where; empty if unknown."""
    latest = [(writers[0], name) for name, writers in finding.written_by.items() if writers]
    if not latest:
        return ""
    writer, environment = max(latest, key=lambda pair: pair[0].time or _NO_TIME)
    return f"last written by {who_text(writer)} in {environment}"


def who_text(writer: Writer) -> str:
    """A writer, how it wrote and when: `kubectl-edit, a hand (Update, 2026-11-23 20:55:06 UTC)`."""
    how = f"{writer.operation} of {writer.subresource}" if writer.subresource else writer.operation
    when = f", {writer.time.replace('T', ' ').replace('Z', ' UTC')}" if writer.time else ""
    return f"{manager_text(writer)} ({how}{when})"


def manager_text(writer: Writer) -> str:
    """A field manager and its class: `kubectl-edit, a hand`."""
    return f"{writer.manager}{_CLASSES[writer.class_]}"


def writers_text(findings: Sequence[Finding]) -> str:
    """Who wrote last what happened to one object, or alike to many; empty if unknown."""
    texts = dict.fromkeys(text for finding in findings if (text := writer_text(finding)))
    if len(texts) <= 1:
        return next(iter(texts), "")
    managers = {
        manager_text(writers[0])
        for finding in findings
        for writers in finding.written_by.values()
        if writers
    }
    return f"last written by {'; '.join(sorted(managers))}"


def environment_names(result: Result) -> tuple[str, ...]:
    """The environments' names, the baseline first."""
    return tuple(environment.name for environment in result.environments)


def between(result: Result) -> str:
    """The environments' names, the baseline first."""
    return " → ".join(environment_names(result))


_RECORDS = {
    Declarer.HELM: "Helm's releases",
    Declarer.APPLIED: "what kubectl last applied",
}


def source_text(environment: Environment) -> str:
    """Where an environment was seen."""
    if environment.origin is Origin.MANIFESTS and not environment.declared_by:
        return f"manifests in {environment.place}" if environment.place else "manifests"
    declared = f"{_RECORDS[environment.declared_by]} of " if environment.declared_by else ""
    where = f"{declared}namespace {environment.namespace}"
    context = f" in {environment.context}" if environment.context else ""
    saved = f", saved in {environment.place}" if environment.place else ""
    return f"{where}{context}{saved}"


def window_text(window: Window | None) -> str:
    """When an environment was seen, and whether it stood still."""
    if window is None:
        return NOT_THERE
    moment = f"{window.start:%Y-%m-%d %H:%M:%S} UTC"
    return moment if window.quiescent else f"{moment}, while it moved"


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Columns side by side, each as wide as its widest cell."""
    rows = list(rows)
    widths = [max(columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in rows]


def state_text(rule: RuleHits) -> str:
    """What became of a policy's rule, in words."""
    if rule.state is RuleState.EXPIRING:
        return f"expires on {rule.expires}"
    if rule.state is RuleState.EXPIRED:
        return f"expired on {rule.expires}"
    until = f" until {rule.expires}" if rule.expires else ""
    return f"{rule.state.value if rule.state else ''}{until}"


def because(result: Result) -> list[str]:
    """Why the verdict is what it is, but for the gaps, which reports say by themselves."""
    said = [text for text in result.reasons if text not in (*result.gaps, *result.accepted)]
    if result.verdict is Verdict.INCONCLUSIVE:
        gaps = f"{counted(len(result.gaps), 'gap')} in the evidence"
        said.insert(0, f"no unexpected difference was seen, and {gaps}: sameness is not proved")
    return said


_WHEN = {
    Acts.LIVE: "acts at all times",
    Acts.POD_START: "acts when a pod starts",
    Acts.ADMISSION: "acts when an object is written",
}


def platform_texts(result: Result) -> list[str]:
    """What is said of what lies outside the namespaces: its verdict, and untold reasons."""
    platform = result.platform
    told = {reason.removesuffix(" that no rule expects") for reason in result.reasons}
    told |= {gap.removeprefix("platform: ") for gap in result.gaps}
    where = ", in one cluster" if platform.same_cluster else ""
    verdict = f"Platform: {platform.verdict.value}{where}"
    first, *others = [reason for reason in platform.reasons if reason not in told] or [""]
    if platform.verdict is PlatformVerdict.DIFFERS and not platform.is_required:
        first += ", counted with --platform"
    return [f"{verdict}: {first}" if first else verdict, *others]


def reach_text(findings: Sequence[Finding]) -> str:
    """What reaches an object outside, or many alike, and when it acts; empty of one inside."""
    acts = findings[0].acts
    if acts is None:
        return ""
    by = list(dict.fromkeys(name for finding in findings for name in finding.reached_by))
    return f"reached by {list_names(by)}; {_WHEN[acts]}"


def gate_text(result: Result) -> str:
    """What a gate that does not stop at everything makes of drift; else empty."""
    gate, stopping = result.gate, len(result.stopping)
    if gate == EVERYTHING_STOPS or result.verdict is not Verdict.DRIFTED:
        return ""
    held_to = result.all_findings if result.platform.is_required else result.findings
    others = sum(finding.expected is None for finding in held_to) - stopping
    of = f" of {', '.join(gate.words)}" if gate.fail_on is not None else ""
    said = f"{counted(stopping, 'difference')}{of}" if stopping else f"nothing{of} differs"
    if gate.max_findings and stopping:
        said += f", and it lets {gate.max_findings} through"
    if others:
        are = "is a warning" if others == 1 else "are warnings"
        said += f"; {counted(others, 'other difference')} {are}"
    if stopping > gate.max_findings:
        return f"the gate fails: {said}"
    if result.gaps:
        return f"the gate fails, for the evidence is not complete: {said}"
    return f"the gate passes: {said}"


def whole_text(finding: Finding) -> str:
    """Of a whole object, what became of it between two looks, or where it is."""
    if finding.is_witness:
        return BECAME[finding.change]
    reaches = "reaches in " if finding.acts else ""
    only = "" if finding.change is Change.CHANGED else "only "
    return f"{reaches}{only}in {', '.join(map(clipped, finding.values))}"


def holds_text(finding: Finding) -> str:
    """What an object, or a part of one, holds that is worse than where it stands; mostly empty."""
    if finding.is_witness:
        return ""
    worst = [each for each in finding.categories if SEVERITY[each] <= SEVERITY[Category.COMMAND]]
    held = [each.value for each in worst if each is not finding.category]
    return f"holds {', '.join(held)}" if held else ""


def what_stops(result: Result) -> Callable[[Finding], bool]:
    """Tells which findings stop the release: none of those that the gate lets through."""
    drift_stops = result.exit_status == Verdict.DRIFTED.exit_status
    return lambda finding: drift_stops and result.is_stopping(finding)


def covered_text(result: Result) -> str:
    """How many kinds were read, and how many left out."""
    rows = result.coverage.kinds
    out = {row.group_kind: row.reason for row in rows if row.status is ReadStatus.EXCLUDED}
    wanted = {row.group_kind for row in rows} - out.keys()
    unread = {row.group_kind for row in rows if not row.is_complete}
    accepted = {row.group_kind for row in rows if row.accepted}
    not_asked = sum(reason == ONLY_KINDS for reason in out.values())
    said = [
        f"{len(wanted - unread)} of {counted(len(wanted), 'kind')} read everywhere"
        if unread
        else f"{counted(len(wanted), 'kind')} read",
        f"{len(out) - not_asked} left out by rule",
    ]
    if accepted:
        said.insert(1, f"{len(accepted)} knowingly not looked at")
    if not_asked:
        said.append(f"{not_asked} by {ONLY_KINDS}")
    return f"coverage {'not complete' if unread else 'complete'}: {', '.join(said)}"


def normalized_text(result: Result) -> str:
    """What the built-in rules took away."""
    hits = [f"{rule.id} {rule.hits}" for rule in result.rules if rule.state is None]
    return f"normalized by built-in rules: {', '.join(hits) or 'nothing'}"


def policy_text(result: Result) -> str:
    """Which policy the environments were held against."""
    if result.policy is None:
        return "policy: none"
    file = result.policy.file or "given by a program"
    return f"policy: {file}, {short_digest(result.policy.digest)}"


def policy_rules(result: Result) -> list[RuleHits]:
    """The rules of the policy, those first that are to be mended."""
    rules = [rule for rule in result.rules if rule.state]
    return sorted(rules, key=lambda rule: (_TO_MEND.index(rule.state), rule.id))


def is_folded(finding: Finding, rules: Container[str]) -> bool:
    """Whether a rule of the policy expects the finding, so that a report shows just the rule."""
    return finding.expected is not None and finding.expected.rule in rules
