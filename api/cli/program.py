"""The program: its commands, and how it ends.

Exit codes: 0 it is done; 1 it found that something is not as it should be; 2 it could not be done as
asked, and says why in words, without a traceback.
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from api.cli import archive, codes, demo, digest, export, extract, keys, log, replay, rules, serve
from api.cli.errors import expected, message_of

program = typer.Typer(
    name="attendance-ledger",
    help="Keeps the admission and attendance registers of schools in England as one record that is "
    "only ever added to.\n\n"
    "Start with [bold]attendance-ledger demo --serve[/] to look around, or with "
    "[bold]attendance-ledger serve[/] for real. Every setting is a flag and an environment variable; "
    "the flag comes first.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
program.command("serve")(serve.serve)
program.command("demo")(demo.demo)
program.add_typer(keys.program, name="keys")
program.command("migrate")(log.migrate)
program.command("verify")(log.verify)
program.command("digest")(digest.digest)
program.command("rebuild")(digest.rebuild)
program.command("replay")(replay.replay)
program.command("extract")(extract.extract)
program.command("export")(export.export)
program.add_typer(archive.program, name="log")
program.add_typer(rules.program, name="rules")
program.add_typer(codes.program, name="codes")


def _version(asked: bool) -> None:
    if asked:
        print(f"attendance-ledger {version('attendance-ledger')}")
        raise typer.Exit


@program.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that the arguments name."""
    try:
        program()
    except Exception as error:
        if not isinstance(error, expected()):
            raise
        print(f"attendance-ledger: {message_of(error)}", file=sys.stderr)
        sys.exit(2)
