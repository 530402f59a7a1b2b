"""The command line: a group whose commands are loaded when they are called.

Each command lives in ``sim.commands.<module>`` as one click command called ``command``. Results go to
stdout, progress and notices to stderr. The exit codes are those of `EXIT_CODES`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

import click
from click.shell_completion import shell_complete

from sim.errors import ScenarioError, ScenarioErrors, SimError, printable

__all__ = ["COMMANDS", "EXIT_CODES", "main"]

#: What a shell sets to ask for its completion, or for what completes a line.
COMPLETE = "_PARLEY_COMPLETE"

#: What the exit code of a command means.
EXIT_CODES = {
    0: "done; also where the reader of a pipe, such as head, has gone away",
    1: "a mistake in a file, a setting or a question: the message says where and how to mend it",
    2: "the command line is not understood: an unknown command or option, or options that exclude each other",
    3: "done, and some runs failed: their rows say why",
    130: "interrupted by Ctrl-C; a sweep goes on with --resume",
    143: "stopped by SIGTERM; a sweep goes on with --resume",
}

#: Command → module in ``sim.commands`` and the line shown in the overview.
COMMANDS: dict[str, tuple[str, str]] = {
    "check": ("check", "Read a scenario and report every fault in it."),
    "new": ("new", "Write a commented skeleton of a scenario."),
    "schema": ("schema", "Print the JSON Schema of scenario files."),
    "explain": ("explain", "Show every number with value, range, status and source."),
    "import": ("import_", "Make a scenario from a spreadsheet, bargaining domain or conflict."),
    "export": ("export", "Write a scenario as spreadsheet, bargaining domain or conflict."),
    "glossary": ("glossary", "Say what a word of tables and messages means."),
    "diff": ("diff", "Show what two scenarios say differently."),
    "codings": ("codings", "Measure how far rival codings agree."),
    "frontier": ("frontier", "Show the efficient agreements and the zone of agreement."),
    "zone": ("zone", "Explain the zone of agreement, or why it is empty."),
    "page": ("page", "Write a page that recomputes the scenario in a browser."),
    "baselines": ("baselines", "Show what simple forecasts would say."),
    "ask": ("ask", "Answer on one page: does it agree, what opens it, does it last, what decides."),
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
    "verify": ("verify", "Check that a result is what was written."),
    "show": ("show", "Show again what a result showed."),
    "list": ("list", "List the results in a folder."),
    "report": ("report", "Write all there is to say on a result or scenario."),
    "plot": ("plot", "Draw a figure of a result or scenario."),
    "backtest": ("backtest", "Predict how long agreements of the past lasted, and compare."),
}

#: Those that print no table; all others take ``--form``, ``--keys`` and ``--out``.
NO_TABLES = frozenset({"check", "new", "schema", "import", "export", "plot", "report", "page"})


class _Lazy(click.Group):
    """A group that imports a command when it is called, so that ``parley --help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"sim.commands.{COMMANDS[cmd_name][0]}").command
        if cmd_name in NO_TABLES:
            return command
        from sim.commands.forms import with_forms

        return with_forms(command)

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


class _Terminated(KeyboardInterrupt):
    """SIGTERM: what is kept on Ctrl-C is kept here too."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, and exit where the code is not 0.

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
    if arguments is None:
        signal.signal(signal.SIGTERM, _terminate)
    if sys.stdout is None:
        # Closed by the caller, who wants to be told nothing; its number must not go to the next file opened.
        os.open(os.devnull, os.O_WRONLY)
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    stdout = sys.stdout
    try:
        sys.stdout = cast(TextIO, _Stdout(stdout))
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except _StdoutLost as problem:
        # What is still held back would fail once more when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
        code = int(problem.errno != errno.EPIPE)
        if code:
            _say(f"standard output cannot be written: {problem.strerror}")
    finally:
        sys.stdout = stdout
    if code:
        sys.exit(code)


class _StdoutLost(OSError):
    """Stdout takes no more: its reader has gone away, or its disk is full."""


class _Stdout:
    """Stdout whose errors can be told from those of other files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as problem:
            raise _StdoutLost(problem.errno, problem.strerror) from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as problem:
            raise _StdoutLost(problem.errno, problem.strerror) from None


def _run(arguments: list[str]) -> int:
    """Carry one command out and return its exit code."""
    asked = os.environ.get(COMPLETE)
    if asked:
        return shell_complete(parley, {}, "parley", COMPLETE, asked)
    try:
        # Not `parley.main`: it exits 1 on a closed pipe, and takes every EOFError for Ctrl-C.
        with parley.make_context("parley", list(arguments)) as context:
            parley.invoke(context)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except (click.Abort, KeyboardInterrupt) as stop:
        terminated = any(isinstance(one, _Terminated) for one in (stop, stop.__cause__, stop.__context__))
        _say(str(stop) or ("stopped" if terminated else "interrupted"))
        return 143 if terminated else 130
    except SimError as fault:
        _show(fault)
        return 1
    except MemoryError:
        _say("out of memory: ask for less at once, or give the process more")
        return 1
    except OSError as problem:
        # With the name of a file the system speaks of what the user gave: too long, not ours to read, a folder.
        if problem.filename is None:
            raise
        _say(f"{problem.filename}: {problem.strerror}")
        return 1
    return 0


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _say(words: str) -> None:
    click.echo(f"parley: {printable(words)}", err=True)


def _show(fault: SimError) -> None:
    faults = fault.errors if isinstance(fault, ScenarioErrors) else [fault]
    for item in faults[:SHOWN_FAULTS]:
        _say(str(item))
        if isinstance(item, ScenarioError) and item.caret():
            click.echo(item.caret(), err=True)
    if len(faults) > SHOWN_FAULTS:
        _say(f"and {len(faults) - SHOWN_FAULTS} more faults")


if __name__ == "__main__":
    main()
