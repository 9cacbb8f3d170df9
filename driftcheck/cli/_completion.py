"""`driftcheck completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> int:
    """Print a script that completes driftcheck's commands: source <(driftcheck completion bash)."""
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"no completion for {shell}")
    root = context.find_root()
    click.echo(completer(root.command, {}, "driftcheck", "_DRIFTCHECK_COMPLETE").source())
    return 0
