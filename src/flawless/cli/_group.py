"""The command line's table of contents; a command's module is imported only when that command is asked for."""

from __future__ import annotations

import importlib

import click

from flawless import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("flawless.cli.check", "Judge everything that can be decided before a deployment."),
    "fix": ("flawless.cli.fix", "Show or make safe changes that take findings away."),
    "plan": ("flawless.cli.plan", "Print what deploy would do, step by step, and touch nothing."),
    "deploy": (
        "flawless.cli.deploy",
        "Check, build, switch, verify, soak; or bring the last good release back.",
    ),
    "verify": ("flawless.cli.verify", "Verify what runs now."),
    "status": ("flawless.cli.status", "Show how every container stands, the release and the last verdict."),
    "net": ("flawless.cli.net", "Show the networks: who is on them, who must reach whom and who can."),
    "top": ("flawless.cli.top", "Watch CPU, memory, network, block I/O, events and logs live."),
    "watch": ("flawless.cli.watch", "Watch on: keep readings, raise alerts, tell somebody, serve metrics."),
    "logs": ("flawless.cli.logs", "Show the logs of all or some services as one, filtered or counted by shape."),
    "diagnose": ("flawless.cli.diagnose", "Say why it is broken: the root cause, its evidence, its fix."),
    "doctor": ("flawless.cli.doctor", "Say whether this machine can deploy, and what to do where not."),
    "rollback": ("flawless.cli.rollback", "Return to an older good release (default: the previous one)."),
    "resume": ("flawless.cli.resume", "Finish a deploy or rollback that was cut off."),
    "recover": ("flawless.cli.recover", "Bring the last good release back from whatever state."),
    "backup": ("flawless.cli.backup", "Copy the stack's data, see that it restores, and keep it."),
    "restore": ("flawless.cli.restore", "Put the data of a backup in the place of what is there."),
    "reset": ("flawless.cli.reset", "Stop this stack alone and make it anew; volumes stay."),
    "debug": ("flawless.cli.debug", "Switch one service to debug logging, follow it, and return it by itself."),
    "lock": ("flawless.cli.lock", "Keep everybody from deploying, with a message."),
    "unlock": ("flawless.cli.unlock", "End a lock."),
    "history": ("flawless.cli.history", "List the recorded runs and releases."),
    "report": ("flawless.cli.report", "Show the report of a recorded run again, in any format."),
    "judge": ("flawless.cli.judge", "Judge saved facts again, offline."),
    "checks": ("flawless.cli.checks", "List every check."),
    "explain": ("flawless.cli.explain", "Explain one check: the fault, examples, the remedy."),
    "init": ("flawless.cli.init", "Write a commented flawless.toml from what is detected."),
}
"""Name -> (module, one line of help); each module has ``command``."""

EPILOG = (
    "Exit codes: 0 go, 1 a blocking check failed, 2 usage or configuration, 3 a blocking check could not tell, "
    "4 deploy failed and the old release is back, "
    "5 deploy failed and the restore too or the engine was lost, 6 refused, 70 a bug in flawless, 130 interrupted."
)


class LazyGroup(click.Group):
    """Lists its commands from ``COMMANDS`` and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None when there is none."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = importlib.import_module(entry[0]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest names in the complaint."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flawless", message="%(prog)s %(version)s")
def group() -> None:
    """An executable deployment checklist for Docker Compose stacks: deployed means proved."""
