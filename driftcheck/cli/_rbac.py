"""`driftcheck rbac`: what leave it takes to look at an environment."""

from __future__ import annotations

import click

from driftcheck import pipeline, reports
from driftcheck.cli._options import connection_options
from driftcheck.cli._telling import tell
from driftcheck.reports import inert

INCOMPLETE = 3


@click.command(
    "rbac", epilog="Exit status: 0, or 3 where something is missing that could not be read."
)
@click.argument("environment", metavar="ENV")
@click.option(
    "--serviceaccount",
    "service_account",
    metavar="NAMESPACE:NAME",
    help="Print the binding as well that gives it to this ServiceAccount: ci:driftcheck.",
)
@click.option(
    "--platform",
    is_flag=True,
    help="Print the ClusterRole instead that reading what reaches in from outside takes.",
)
@connection_options
def rbac_command(
    environment: str,
    *,
    service_account: str | None,
    platform: bool,
    context: str | None,
    kubeconfig: str | None,
    timeout: float,
) -> int:
    """Print the least Role that capture needs in a namespace, for kubectl apply -f -."""
    role = pipeline.required_role(
        environment, platform=platform, context=context, kubeconfig=kubeconfig, timeout=timeout
    )
    binding = role.bound_to(service_account) if service_account else None
    click.echo(reports.inert_yaml(role.manifest), nl=False)
    if binding:
        click.echo(f"---\n{reports.inert_yaml(binding)}", nl=False)
    kind = role.manifest["kind"]
    for group, reason in role.undiscovered.items():
        tell(inert(f"the kinds of {group} are missing from this {kind}: {reason}"))
    for named, reason in role.unread.items():
        tell(inert(f"what {named} names is missing from this {kind}: {reason}"))
    return INCOMPLETE if role.undiscovered or role.unread else 0
