"""The command line: a group whose commands are loaded when they are called.

Each command lives in ``sim.commands.<module>`` as one click command called ``command``. Results go to
stdout, progress and notices to stderr. A user's mistake prints its message and exits 1; an interrupted
run exits 130.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from sim.errors import ScenarioError, ScenarioErrors, SimError

__all__ = ["COMMANDS", "main"]

#: Command → module in ``sim.commands`` and the line shown in the overview.
COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("check", "Read a scenario and report every fault in it."),
    "new": ("new", "Write a commented skeleton of a scenario."),
    "schema": ("schema", "Print the JSON Schema of scenario files."),
    "explain": ("explain", "Show every number with value, range, status and source."),
    "import": ("import_", "Make a scenario from a spreadsheet, bargaining domain or conflict."),
    "export": ("export", "Write a scenario as spreadsheet, bargaining domain or conflict."),
    "diff": ("diff", "Show what two scenarios say differently."),
    "codings": ("codings", "Measure how far rival codings agree."),
    "frontier": ("frontier", "Show the efficient agreements and the zone of agreement."),
    "zone": ("zone", "Explain the zone of agreement, or why it is empty."),
    "baselines": ("baselines", "Show what simple forecasts would say."),
    "run": ("run", "Negotiate many times and tabulate the outcomes."),
    "trace": ("trace", "Show the minutes of one run's talks."),
    "stability": ("stability", "Test which agreements would last, and what would break them."),
    "aftermath": ("aftermath", "Simulate the months after signing."),
    "patterns": ("patterns", "Hold the model against patterns known from outside."),
    "compare": ("compare", "Compare results or scenarios, under the same worlds."),
    "sweep": ("sweep", "Run a design of many scenarios, worlds and replications."),
    "robustness": ("robustness", "Show over which share of worlds packages hold."),
    "analyse": ("analyse", "Find what drives a result: sensitivity and discovery."),
    "query": ("query", "Ask a result with SQL."),
    "backtest": ("backtest", "Predict how long agreements of the past lasted, and compare."),
}


class _Lazy(click.Group):
    """A group that imports a command when it is called, so that ``parley --help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"sim.commands.{COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from sim.errors import nearest

        if args and args[0] not in COMMANDS:
            ctx.fail(f"no command {args[0]!r}{nearest(args[0], list(COMMANDS))}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parley-sim", prog_name="parley")
def parley() -> None:
    """Ask which peace agreements are stable, under which assumptions, and how we know.

    Parley negotiates scenarios: files in which every number carries a source and a status. It is not
    a forecast and takes no side. Begin with:

        parley run scenarios/berlin-2025/scenario.yaml
    """


#: More faults than this of one reading are counted, not shown.
SHOWN_FAULTS = 25


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the process.

    Examples
    --------
    >>> main(["check", "scenarios/tutorial-two-by-two/scenario.yaml"])
    scenarios/tutorial-two-by-two/scenario.yaml: no fault found in 'Two by two'
    2 issues, 4 options, 2 parties, 0 constraints, 4 combinations, 4 agreements, 21 numbers
    """
    try:
        parley.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as fault:
        fault.show()
        sys.exit(1 if not isinstance(fault, click.UsageError) else 2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away: nothing is wrong, nothing more can be said.
        sys.stderr.close()
        sys.exit(0)
    except SimError as fault:
        _show(fault)
        sys.exit(1)


def _show(fault: SimError) -> None:
    faults = fault.errors if isinstance(fault, ScenarioErrors) else [fault]
    for item in faults[:SHOWN_FAULTS]:
        click.echo(f"parley: {item}", err=True)
        if isinstance(item, ScenarioError) and item.caret():
            click.echo(item.caret(), err=True)
    if len(faults) > SHOWN_FAULTS:
        click.echo(f"parley: and {len(faults) - SHOWN_FAULTS} more faults", err=True)


if __name__ == "__main__":
    main()
