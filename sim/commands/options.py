"""Options that several commands share."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sim.domain.scenario import Scenario, Setting
from sim.errors import printable

if TYPE_CHECKING:
    from sim.agreements.payoffs import Payoffs

__all__ = [
    "SCHEMA_VERSION",
    "agreement_index",
    "agreement_option",
    "as_json",
    "given_options",
    "one_form",
    "out_option",
    "print_json",
    "read",
    "replications_option",
    "say",
    "scenario_argument",
    "seed_option",
    "set_option",
    "tell_settings",
]

#: Version of the form of everything printed with ``--json``.
SCHEMA_VERSION = 1

_Command = Callable[..., Any]


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    r"""Print a text that may quote a stranger's file: shown, never obeyed (`sim.errors.printable`).

    Parameters
    ----------
    text : str
    err : bool
        To stderr, where notices go.
    nl : bool
        End the line.

    Examples
    --------
    >>> say("North\x1b[2J and South")
    North\u001b[2J and South
    """
    click.echo(printable(text), err=err, nl=nl)


def scenario_argument(command: _Command) -> _Command:
    """Take the path of a scenario file.

    Parameters
    ----------
    command : callable
        That takes ``scenario``, a `Path`.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(scenario_argument(lambda scenario: click.echo(scenario.suffix)))
    >>> CliRunner().invoke(command, ["war.yaml"]).output.strip()
    '.yaml'
    """
    return click.argument("scenario", type=click.Path(path_type=Path))(command)


def set_option(command: _Command) -> _Command:
    """Take any number of ``--set path=value`` and ``--fix issue=option``.

    Parameters
    ----------
    command : callable
        That takes ``settings``, a tuple of str; what is fixed is set at ``fix.issue``.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(set_option(lambda settings: say(" ".join(settings))))
    >>> CliRunner().invoke(command, ["--set", "a=1", "--fix", "donetsk=current"]).output.strip()
    'a=1 fix.donetsk=current'
    """

    @wraps(command)
    def with_fixed(*given: Any, settings: tuple[str, ...], fixed: tuple[str, ...], **more: Any) -> Any:
        if faulty := [text for text in fixed if not all(text.partition("=")[::2])]:
            raise click.UsageError(f"--fix {faulty[0]}: write it as issue=option")
        return command(*given, settings=(*settings, *(f"fix.{text}" for text in fixed)), **more)

    to_set = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="PATH=VALUE",
        help="Set an existing key, also to [a, b] or {key: value}; repeat for several.",
    )
    to_fix = click.option(
        "--fix",
        "fixed",
        multiple=True,
        metavar="ISSUE=OPTION",
        help="Settle an issue: only agreements with this option can be signed. Part of a name will do.",
    )
    return to_set(to_fix(with_fixed))


def worlds_option(
    default: int | None = 100, *, most: int = 1_000_000, least: int = 1
) -> Callable[[_Command], _Command]:
    """Take ``--worlds``, which may be written ``--runs`` where each world is one run.

    Parameters
    ----------
    default, most, least : int

    Returns
    -------
    callable
        A decorator for a command that takes ``worlds``, an int.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(worlds_option(7)(lambda worlds: say(f"{worlds} worlds")))
    >>> CliRunner().invoke(command).output.strip(), CliRunner().invoke(command, ["--runs", "3"]).output.strip()
    ('7 worlds', '3 worlds')
    """
    text = "Worlds drawn from the ranges; --runs says the same." + (" 0 for none." if least == 0 else "")
    return click.option(
        "--worlds", "--runs", "worlds", type=click.IntRange(least, most), default=default, show_default=True, help=text
    )


def replications_option(command: _Command) -> _Command:
    """Take ``--replications``.

    Parameters
    ----------
    command : callable
        That takes ``replications``, an int of 1 or more; 1 by default.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(replications_option(lambda replications: say(f"{replications} a world")))
    >>> CliRunner().invoke(command, ["--replications", "5"]).output.strip()
    '5 a world'
    """
    return click.option(
        "--replications",
        type=click.IntRange(1, 1_000_000),
        default=1,
        show_default=True,
        help="Runs of each world, with other luck.",
    )(command)


def out_option(command: _Command) -> _Command:
    """Take ``--out``, a folder or a file.

    Parameters
    ----------
    command : callable
        That takes ``out``, a `Path` or None.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(out_option(lambda out: say(out.name)))
    >>> CliRunner().invoke(command, ["--out", "results/zone.csv"]).output.strip()
    'zone.csv'
    """
    text = "Write here, to what must be new: a file if it ends in .csv, .parquet or .xlsx, else a folder."
    return click.option("--out", type=click.Path(path_type=Path), help=text)(command)


def agreement_option(help_: str) -> Callable[[_Command], _Command]:
    """Take ``--agreement`` in any of its forms (`agreement_index`).

    Parameters
    ----------
    help_ : str

    Returns
    -------
    callable
        A decorator for a command that takes ``agreement``, a str or None.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(agreement_option("Ask about this one.")(lambda agreement: say(agreement)))
    >>> CliRunner().invoke(command, ["--agreement", "B"]).output.strip()
    'B'
    """
    forms = "A letter of the table of those closest to being signed, a number, or terms (some will do)."
    return click.option("--agreement", metavar="LETTER|NUMBER|ISSUE=OPTION,…", help=f"{help_} {forms}")


def seed_option(command: _Command) -> _Command:
    """Take ``--seed``.

    Parameters
    ----------
    command : callable
        That takes ``seed``, an int of 0 or more; 0 by default.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(seed_option(lambda seed: click.echo(f"root seed {seed}")))
    >>> CliRunner().invoke(command, ["--seed", "7"]).output.strip(), CliRunner().invoke(command).output.strip()
    ('root seed 7', 'root seed 0')
    """
    return click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Root seed.")(command)


def as_json(command: _Command) -> _Command:
    """Take ``--json``.

    Parameters
    ----------
    command : callable
        That takes ``json_``, a bool.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(as_json(lambda json_: click.echo("{}" if json_ else "a table")))
    >>> CliRunner().invoke(command, ["--json"]).output.strip(), CliRunner().invoke(command).output.strip()
    ('{}', 'a table')
    """
    return click.option("--json", "json_", is_flag=True, help="Print JSON instead of tables.")(command)


def read(path: Path, settings: tuple[str, ...] = ()) -> Scenario:
    """Read a scenario and head the output with what was set over it.

    Parameters
    ----------
    path : Path
    settings : tuple of str
        As given to ``--set``.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        Where the file or a setting breaks a rule.

    Examples
    --------
    >>> two = read(Path("scenarios/tutorial-two-by-two/scenario.yaml"), ("parties.hill.no_deal.reservation=0.5",))
    >>> two.title, two.parties["hill"].no_deal.reservation.value
    ('Two by two', 0.5)
    """
    from sim.domain.reader import read_scenario
    from sim.domain.shipped import shipped_scenario

    scenario = read_scenario(shipped_scenario(path), settings)
    tell_settings(scenario.settings)
    return scenario


#: Where a command keeps what was set, for the JSON it prints.
_SET = "parley.set"


def tell_settings(settings: Iterable[Setting]) -> None:
    """Head the running command's output with what was set over a scenario; each setting once.

    Parameters
    ----------
    settings : iterable of Setting
        With ``--json`` they are kept for `print_json`; with another form that machines read they are not printed.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> from sim.cli import parley
    >>> hill = "parties.hill.no_deal.reservation=0.5"
    >>> told = CliRunner().invoke(parley, ["zone", "scenarios/tutorial-two-by-two/scenario.yaml", "--set", hill])
    >>> told.output.splitlines()[0]
    'Set: parties.hill.no_deal.reservation = 0.5'
    """
    context = click.get_current_context(silent=True)
    if context is None:
        return
    told = context.meta.setdefault(_SET, [])
    for setting in settings:
        if setting not in told:
            told.append(setting)
            if not any(context.params.get(form) for form in ("json_", "csv_", "md")):
                say(f"Set: {setting.words()}")


def agreement_index(payoffs: Payoffs, text: str) -> int:
    """Read what ``--agreement`` names: a letter, a number, or terms.

    Parameters
    ----------
    payoffs : Payoffs
        At central values.
    text : str
        A letter of the tables of those closest to being signed; an agreement's number; or ``issue=option``,
        several with commas between, each name by its key or a part of key or title. Terms that leave issues open
        mean the agreement closest to being signed among those that have them, which is told on stderr.

    Returns
    -------
    int
        The number of the agreement. Where it cannot be signed, that is told on stderr.

    Raises
    ------
    SimError
        If a part is of another form, an issue is named twice or unknown, an option is unknown, or no such
        agreement can exist.

    Examples
    --------
    >>> import sim
    >>> payoffs = sim.Payoffs.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> [agreement_index(payoffs, text) for text in ("A", "1", "pass=shared, guard=absent", "guard=absent")]
    [1, 1, 1, 1]
    """
    from sim.after.front_runners import front_runners
    from sim.errors import ModelError

    space, text = payoffs.space, text.strip()
    if text.isdigit():
        if int(text) >= space.n_agreements:
            raise ModelError(f"--agreement {text}: the last agreement is number {space.n_agreements - 1}")
        index = int(text)
    elif text.isalpha() and text.isascii() and len(text) <= 2:
        place = sum((ord(sign) - 64) * 26**power for power, sign in enumerate(reversed(text.upper()))) - 1
        if place >= space.n_agreements:
            raise ModelError(f"--agreement {text}: there are only {space.n_agreements} agreements")
        index = int(front_runners(payoffs, place + 1)[place])
    else:
        index = _with_terms(payoffs, text)
    if not space.signable[index]:
        say(f"parley: agreement {index} cannot be signed: it breaks {_broken(payoffs, index)}", err=True)
    return index


def _broken(payoffs: Payoffs, index: int) -> str:
    from sim.domain.feasible import broken_by

    return ", ".join(broken_by(payoffs.scenario.constraints, payoffs.space.agreement(index)))


def _with_terms(payoffs: Payoffs, text: str) -> int:
    """Return the agreement with some terms that is closest to being signed, of all that can exist."""
    import numpy as np

    from sim.after.front_runners import front_runners
    from sim.domain.feasible import broken_by
    from sim.domain.settings import key_of
    from sim.errors import ModelError

    scenario, space = payoffs.scenario, payoffs.space
    issues = {key: spec.title for key, spec in scenario.issues.items()}
    terms: dict[str, str] = {}
    for part in text.replace(";", ",").split(","):
        issue, equals, option = (piece.strip() for piece in part.partition("="))
        if not (issue and equals and option):
            raise ModelError(f"--agreement: {part.strip()!r} is not of the form issue=option")
        issue = key_of(issue, issues, "--agreement", "issue")
        if issue in terms:
            raise ModelError(f"--agreement: {issue!r} is named twice")
        titles = {key: spec.title for key, spec in scenario.issues[issue].options.items()}
        terms[issue] = key_of(option, titles, f"--agreement {issue}", "option")
    if len(terms) == len(issues):
        return space.index_of(terms)
    fits = np.ones(space.n_agreements, dtype=np.bool_)
    for issue, option in terms.items():
        column = space.issues.index(issue)
        fits &= space.options[:, column] == space.labels[column].index(option)
    ranked = front_runners(payoffs, space.n_agreements)
    found = ranked[fits[ranked]]
    if not len(found):
        broken = broken_by(scenario.constraints, terms)
        raise ModelError(
            f"--agreement: no agreement has these terms{': they break ' if broken else ''}{', '.join(broken)}"
        )
    if len(found) > 1:
        say(
            f"parley: {len(found):,} agreements have these terms; taken is number {found[0]}, the one closest to being "
            "signed",
            err=True,
        )
    return int(found[0])


def given_options(*names: str) -> list[str]:
    """Return which of some options of the running command were given, as they are written.

    Parameters
    ----------
    *names : str
        Such as ``--runs``.

    Returns
    -------
    list of str
        In the order asked.

    Examples
    --------
    >>> @click.command()
    ... @click.option("--runs", default=100)
    ... @click.option("--seed", default=0)
    ... def command(runs, seed):
    ...     print(given_options("--seed", "--runs"))
    >>> command.main(["--runs", "7"], standalone_mode=False)
    ['--runs']
    """
    context = click.get_current_context()
    of_option = {flag: option.name for option in context.command.params for flag in option.opts}
    return [name for name in names if context.get_parameter_source(str(of_option[name])) is not ParameterSource.DEFAULT]


def one_form(*names: str) -> None:
    """Refuse more than one form of output.

    Parameters
    ----------
    *names : str
        Options that each ask for a form, such as ``--json``.

    Raises
    ------
    click.UsageError
        Where several were given.

    Examples
    --------
    >>> @click.command()
    ... @click.option("--json", is_flag=True)
    ... @click.option("--csv", is_flag=True)
    ... def command(json, csv):
    ...     one_form("--json", "--csv")
    >>> command.main(["--json", "--csv"], standalone_mode=False)
    Traceback (most recent call last):
    click.exceptions.UsageError: --json and --csv: give one of them
    """
    if len(given := given_options(*names)) > 1:
        raise click.UsageError(f"{' and '.join(given)}: give one of them")


def print_json(content: dict[str, Any]) -> None:
    """Print JSON with its schema version and what was set; numbers are plain, NaN is null.

    Parameters
    ----------
    content : dict
        Of numbers and arrays (NumPy's too), texts, lists and mappings; bytes are printed as hexadecimal digits,
        dates and whatever else has no form in JSON as text.

    Examples
    --------
    >>> print_json({"zone": 2, "median_rounds": float("nan")})
    {
      "schema_version": 1,
      "zone": 2,
      "median_rounds": null
    }
    """
    head: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    context = click.get_current_context(silent=True)
    if context is not None and "settings" in context.params:
        head["set"] = [asdict(setting) for setting in context.meta.get(_SET, [])]
    say(json.dumps({**head, **_clean(content)}, ensure_ascii=False, indent=2))


def _clean(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _clean(child) for key, child in node.items()}
    if isinstance(node, (list, tuple)):
        return [_clean(child) for child in node]
    if isinstance(node, bytes | bytearray):
        return node.hex()
    if hasattr(node, "tolist"):
        plain = node.tolist()
        return _clean(plain) if isinstance(plain, list) else _clean_leaf(plain)
    return _clean_leaf(node)


def _clean_leaf(leaf: Any) -> Any:
    if leaf is None or isinstance(leaf, bool | int | str):
        return leaf
    if isinstance(leaf, float | Decimal):
        leaf = float(leaf)
        return leaf if math.isfinite(leaf) else None
    # What a question in SQL can answer with besides: dates, spans of time, identifiers; not a time is no time.
    return None if str(leaf) in {"NaT", "<NA>"} else str(leaf)
