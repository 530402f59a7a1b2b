"""The form of what a command shows: ``--form``, ``--out`` and ``--keys`` of every command that prints a table."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.commands.options import say

if TYPE_CHECKING:
    from sim.present.sheets import Block

__all__ = ["FORMS", "with_forms"]

FORMS = ("text", "md", "csv", "xlsx", "json")
#: Parameters by which some commands give a form of their own.
_OWN = {"json": "json_", "md": "md", "csv": "csv_"}


def with_forms(command: click.Command) -> click.Command:
    r"""Give a command ``--form``, ``--keys`` and, where it has none of its own, ``--out``.

    Parameters
    ----------
    command : click.Command
        That prints on ``sim.present.console`` or, with ``--json``, JSON.

    Returns
    -------
    click.Command
        The same one.

    Examples
    --------
    >>> from click.testing import CliRunner
    >>> from sim.present.console import console
    >>> command = with_forms(click.command()(lambda: console().print("Two | four")))
    >>> CliRunner().invoke(command, ["--form", "md"]).output
    'Two \\| four\n'
    """
    if any(option.name == "form" for option in command.params) or command.callback is None:
        return command
    inner = command.callback
    own = {str(option.name) for option in command.params}
    command.params += [
        click.Option(
            ["--form"], type=click.Choice(FORMS), default=None, help="The form of what is shown; text if absent."
        ),
        click.Option(
            ["--keys"], is_flag=True, help="Show the keys of parties, issues and options beside their titles."
        ),
    ]
    takes_out = "out" not in own
    if takes_out:
        help_ = "Write what is shown to this file, in the form of its ending; a folder keeps it for parley show."
        command.params.append(click.Option(["--out"], type=click.Path(path_type=Path), default=None, help=help_))

    def shown(**given: Any) -> None:
        form, keys = given.pop("form"), given.pop("keys")
        out: Path | None = given.pop("out") if takes_out else None
        if form is None and out is not None and out.suffix:
            form = {"txt": "text"}.get(out.suffix.removeprefix("."), out.suffix.removeprefix("."))
            if form not in FORMS:
                raise click.UsageError(
                    f"--out {out}: the ending names no form; give --form, or one of .txt, .md, .csv, .xlsx, .json"
                )
        for name, option in _OWN.items():
            if option in own and given.get(option) and form not in (None, name):
                raise click.UsageError(f"--{name} and --form {form}: give one of them")
        if form is None:
            form = next((name for name, option in _OWN.items() if given.get(option)), None)
        if form == "xlsx" and (out is None or not out.suffix):
            remedy = "--out FILE.xlsx" if takes_out else "parley show RESULT --form xlsx --out FILE.xlsx"
            raise click.UsageError(f"--form xlsx needs a file: {remedy}")
        _carry_out(inner, given, form, out, keys, own)

    command.callback = shown
    return command


def _carry_out(
    inner: Any, given: dict[str, Any], form: str | None, out: Path | None, keys: bool, own: set[str]
) -> None:
    own_folder: Path | None = given.get("out")
    if form in (None, "text") and out is None and not keys and own_folder is None:
        inner(**given)
        return
    from sim.domain.titles import keys_shown
    from sim.present.console import recorded, replay
    from sim.present.sheets import blocks_to_json, csv_of, markdown_of, write_workbook

    if out is not None:
        _refuse_existing(out)
    direct = form is not None and _OWN.get(form) in own
    if direct:
        given[_OWN[str(form)]] = True
    printed = io.StringIO()
    stop: BaseException | None = None
    if own_folder is not None and form is None and not given.get("json_"):
        # A run or sweep keeps its tables, from which it is shown again; of others the folder keeps what was shown.
        with keys_shown(keys), recorded() as blocks, redirect_stdout(_Said(blocks)):
            stop = _called(inner, given)
        replay(blocks)
        if own_folder.is_dir() and not (own_folder / "manifest.json").is_file():
            _keep(own_folder, blocks_to_json(blocks[:-1]))
        if stop is not None:
            raise stop
        return
    with keys_shown(keys):
        if direct or (form is None and out is None) or (form == "text" and out is None):
            if out is None:
                inner(**given)
                return
            with redirect_stdout(printed):
                stop = _called(inner, given)
            _write(out, printed.getvalue())
        else:
            with recorded() as blocks, redirect_stdout(_Said(blocks)):
                stop = _called(inner, given)
            if form is None:
                assert out is not None
                _keep(out, blocks_to_json(blocks))
            elif form == "xlsx":
                assert out is not None
                write_workbook(blocks, out)
            elif form == "text":
                with redirect_stdout(printed := io.StringIO()):
                    replay(blocks)
                _write(out, printed.getvalue())
            elif form == "json":
                _write(
                    out,
                    json.dumps({"schema_version": 1, "shown": blocks_to_json(blocks)}, ensure_ascii=False, indent=2)
                    + "\n",
                )
            else:
                _write(out, markdown_of(blocks) if form == "md" else csv_of(blocks))
    if out is not None:
        say(f"Written to {out}", err=True)
    if stop is not None:
        raise stop


class _Said(io.StringIO):
    """Stdout whose lines stand among the blocks in the order in which they are written."""

    def __init__(self, blocks: list[Block]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = ""

    def write(self, text: str) -> int:
        from sim.present.sheets import Block

        *lines, self._rest = (self._rest + text).split("\n")
        self._blocks += [Block(line) for line in lines]
        return len(text)


def _called(inner: Any, given: dict[str, Any]) -> BaseException | None:
    """Carry the command out; a code other than 0 that it ends with comes after what it showed."""
    try:
        inner(**given)
    except click.exceptions.Exit as stop:
        return stop
    return None


def _refuse_existing(out: Path) -> None:
    from sim.errors import ModelError

    if out.exists():
        raise ModelError(f"{out}: exists already; name a new file or folder")


def _write(out: Path | None, text: str) -> None:
    if out is None:
        say(text, nl=False)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")


def _keep(folder: Path, blocks: list[dict[str, Any]]) -> None:
    """Keep what was shown in a folder, with the command that showed it."""
    import shlex

    from sim.present.sheets import SCHEMA_VERSION, SHOWN
    from sim.results.durable import write_json
    from sim.results.manifest import versions

    folder.mkdir(parents=True, exist_ok=True)
    context = click.get_current_context()
    words = (
        context.command_path.split()[1:] + sys.argv[2:]
        if sys.argv[1:2] == [context.info_name]
        else [str(context.info_name)]
    )
    content = {
        "schema_version": SCHEMA_VERSION,
        "command": shlex.join(["parley", *words]),
        "versions": dict(versions()),
    }
    write_json(folder / SHOWN, {**content, "blocks": json.loads(json.dumps(blocks))})
