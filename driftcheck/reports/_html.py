"""The report as one page of HTML, which needs no network, no script and no style to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from attrs import frozen

from driftcheck.model import Category, Finding, ObjectReference, Result, RuleHits
from driftcheck.reports._clusters import clusters
from driftcheck.reports._inert import without_commands
from driftcheck.reports._over_time import written_objects
from driftcheck.reports._page import (
    Anchors,
    Entry,
    Place,
    coverage_rows,
    entry_of,
    heat_map,
    matrix_row,
)
from driftcheck.reports._templates import Space, asset, named, own, templates
from driftcheck.reports._undeclared import undeclared_rows
from driftcheck.reports._words import environment_names

if TYPE_CHECKING:
    from markupsafe import Markup

Objects = tuple[ObjectReference, ...]
_MOST_FINDINGS = 2_000
_MOST_BYTES = 4_500_000
"""Of all findings shown; with the bounds of all other parts, no page is larger than 10 MB."""
_MOST_CELLS = 10_000
"""Of one table."""
_MOST_RULES = 500


@frozen
class Article:
    """A finding, written.

    Args:
        entry: The finding.
        html: What stands on the page.
    """

    entry: Entry
    html: Markup


@frozen
class Articles:
    """Findings, written as far as there is space.

    Args:
        shown: Those there is space for.
        left: How many findings of each category there is none for.
    """

    shown: tuple[Article, ...]
    left: tuple[tuple[Category, int], ...]

    @property
    def anchors(self) -> dict[Place, str]:
        """Where each finding stands."""
        return {
            (finding.object, finding.path): article.entry.anchor
            for article in self.shown
            for finding in article.entry.findings
        }

    def grouped(self) -> Iterator[tuple[Category, list[tuple[Objects, list[Article]]]]]:
        """The articles by category, and in it by what they happened to."""
        for category, inside in groupby(self.shown, lambda item: item.entry.finding.category):
            together = groupby(inside, lambda item: item.entry.objects)
            yield category, [(objects, list(articles)) for objects, articles in together]

    def expected_by(self, rule: str) -> list[Article]:
        """Those that a rule expects."""
        found = ((item, item.entry.finding.expected) for item in self.shown)
        return [item for item, expected in found if expected and expected.rule == rule]


def html_report(result: Result, *, stylesheet: str = "") -> str:
    """The report as a page.

    Args:
        result: What to show.
        stylesheet: The file beside the page that holds `html_style()`, for servers that
            forbid style and script in pages; by default the page holds both.

    Returns:
        The page, at most 10 MB of it, the same for the same result.
    """
    from importlib.metadata import version

    names = environment_names(result)
    space, anchors = Space(_MOST_BYTES), Anchors()
    drift = [finding for finding in result.findings if finding.expected is None]
    expected = [finding for finding in result.all_findings if finding.expected is not None]
    written = _written(drift, names, anchors, space)
    platform = [each for each in result.platform.findings if each.expected is None]
    outside = _written(platform, names, anchors, space)
    explained = _written(expected, names, anchors, space)
    page = templates().get_template("report.html")
    html = page.render(
        result=result,
        names=names,
        drift=drift,
        written=written,
        expected=expected,
        explained=explained,
        platform=platform,
        outside=outside,
        coverage_outside=coverage_rows(result.platform.coverage.kinds, names),
        over_time=[
            {"found": found, "objects": written_objects(found, result)}
            for found in result.witnesses
        ],
        undeclared=undeclared_rows(result.undeclared),
        heat=heat_map(drift, names, written.anchors),
        matrix=[matrix_row(row, names) for row in result.images[: _rows_for(names)]],
        coverage=coverage_rows(result.coverage.kinds, names),
        policy=_policy(result, expected)[:_MOST_RULES],
        builtin=[rule for rule in result.rules if rule.state is None][:_MOST_RULES],
        stylesheet=stylesheet,
        style=html_style(),
        script=asset("report.js"),
        version=version("kube-driftcheck"),
    )
    return without_commands(html, escape="&#{};".format)


def html_style() -> str:
    """The style of a page, for a file beside it."""
    return asset("report.css")


def _rows_for(names: Sequence[str]) -> int:
    """How many rows a table has at most, with a column for each environment."""
    return max(_MOST_CELLS // len(names), 1) if names else _MOST_CELLS


def _written(
    findings: Iterable[Finding], names: Sequence[str], anchors: Anchors, space: Space
) -> Articles:
    """Write findings, worst first, as long as there is space."""
    pending = clusters(sorted(findings, key=Finding.sort_key))
    template = templates().get_template("finding.html")
    shown: list[Article] = []
    for cluster in pending[:_MOST_FINDINGS]:
        entry = entry_of(cluster, names, anchors)
        html = own(template.render(entry=entry, names=names))
        if not space.takes("".join((html, *_names_of(entry.objects)))):
            break
        shown.append(Article(entry, html))
    left = Counter(
        finding.category for cluster in pending[len(shown) :] for finding in cluster.findings
    )
    return Articles(tuple(shown), tuple(left.items()))


def _names_of(objects: Objects) -> Iterator[Markup]:
    """What stands above a change: what it happened to."""
    for reference in objects:
        yield named(str(reference))
        yield named(reference.group)


def _policy(result: Result, expected: Iterable[Finding]) -> list[RuleHits]:
    """The policy's rules, and the built-in ones that expect something here."""
    explaining = {finding.expected.rule for finding in expected if finding.expected}
    known = {
        rule.id: rule for rule in result.rules if rule.state is not None or rule.id in explaining
    }
    unknown = explaining - known.keys()
    return [*known.values(), *(RuleHits(rule, _hits(rule, expected)) for rule in sorted(unknown))]


def _hits(rule: str, expected: Iterable[Finding]) -> int:
    return sum(1 for finding in expected if finding.expected and finding.expected.rule == rule)
