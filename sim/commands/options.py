"""Options that several commands share."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sim.domain.scenario import Scenario, Setting
from sim.errors import printable

if TYPE_CHECKING:
    from sim.agreements.space import AgreementSpace

__all__ = [
    "SCHEMA_VERSION",
    "agreement_index",
    "as_json",
    "given_options",
    "one_form",
    "print_json",
    "read",
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
    """Take any number of ``--set path=value``.

    Parameters
    ----------
    command : callable
        That takes ``settings``, a tuple of str.

    Returns
    -------
    callable
        For ``click.command``.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> command = click.command()(set_option(lambda settings: click.echo(settings)))
    >>> CliRunner().invoke(command, ["--set", "a=1", "--set", "b=2"]).output.strip()
    "('a=1', 'b=2')"
    """
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="PATH=VALUE",
        help="Set an existing key, also to [a, b] or {key: value}; a number is fixed; repeat for several.",
    )(command)


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

    scenario = read_scenario(path, settings)
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


def agreement_index(space: AgreementSpace, text: str) -> int:
    """Read ``issue=option,issue=option`` or an agreement's number, as given to ``--agreement``.

    Parameters
    ----------
    space : AgreementSpace
        Where it is looked up.
    text : str
        What was given.

    Returns
    -------
    int
        The number of the agreement.

    Raises
    ------
    ModelError
        If a part is of another form, an issue is named twice, unknown or missing, an option is unknown, or no
        such agreement can exist.

    Examples
    --------
    >>> import sim
    >>> space = sim.AgreementSpace.of(sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml"))
    >>> space.agreement(agreement_index(space, "2")) == space.agreement(2)
    True
    """
    from sim.errors import ModelError

    if text.strip().isdigit():
        if int(text) >= space.n_agreements:
            raise ModelError(f"--agreement {text}: the last agreement is number {space.n_agreements - 1}")
        return int(text)
    agreement: dict[str, str] = {}
    for part in text.replace(";", ",").split(","):
        issue, equals, option = (piece.strip() for piece in part.partition("="))
        if not (issue and equals and option):
            raise ModelError(f"--agreement: {part.strip()!r} is not of the form issue=option")
        if issue in agreement:
            raise ModelError(f"--agreement: {issue!r} is named twice")
        agreement[issue] = option
    return space.index_of(agreement)


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
