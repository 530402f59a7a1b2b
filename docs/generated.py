"""Pages that are made from the program: commands, columns, protocols, keys of files, the API, a notebook that is run.

``make docs`` writes them into ``docs/reference/generated``; they are not committed, so that they cannot fall behind.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

#: A scenario whose columns stand for those of any other.
EXAMPLE = Path(__file__).parent.parent / "scenarios" / "tutorial-two-by-two" / "scenario.yaml"

#: A notebook in the percent format, which is run when the site is built.
NOTEBOOK = Path(__file__).parent / "tutorial" / "notebook.py"


def write(folder: Path) -> None:
    """Write every generated page.

    Parameters
    ----------
    folder : Path
        Made where it is absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "commands": commands(),
        "columns": columns(),
        "talks": talks(),
        "keys": keys(),
        "sweeps": sweeps(),
        "api": api(),
        "notebook": notebook(NOTEBOOK),
    }
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"

    head = list(head)
    return "\n".join([line(head), line("---" for _ in head), *(line(row) for row in rows)])


def commands() -> str:
    """Return the page of the command line: every command with its arguments and options."""
    from sim.cli import COMMANDS, EXIT_CODES, parley

    context = click.Context(parley, info_name="parley")
    parts = [
        "# Commands\n",
        "`parley COMMAND --help` prints the same. Results go to stdout, progress and notices to stderr.\n",
        'Completion: `eval "$(_PARLEY_COMPLETE=bash_source parley)"` in `~/.bashrc` (`zsh_source`, `fish_source`).\n',
        "## Exit codes\n",
        _table(["code", "meaning"], [(str(code), text) for code, text in EXIT_CODES.items()]) + "\n",
    ]
    for name in COMMANDS:
        command = parley.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        parts.append(f"## parley {name}\n")
        parts.append(f"```text\n{command.get_usage(inner).removeprefix('Usage: ')}\n```\n")
        parts.append(inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n")
        rows = []
        for param in command.get_params(inner):
            if isinstance(param, click.Option) and not param.hidden:
                names, text = param.get_help_record(inner) or ("", "")
                rows.append((f"`{names}`", text))
        parts.append(_table(["option", "meaning"], rows) + "\n")
    return "\n".join(parts)


def columns() -> str:
    """Return the page of the columns that a table of runs has."""
    import sim
    from sim.results.keys import RUN_COLUMNS
    from sim.results.table import outcome_columns

    found = [*RUN_COLUMNS, *outcome_columns(sim.read_scenario(EXAMPLE))]
    rows = [(f"`{c.name}`", c.type, c.title) for c in found]
    return (
        "# Columns of results\n\nOne row a run. `option.*` has a column for each issue and `margin.*` one for each"
        " party; here they are those of the tutorial. `parley query RESULT 'select …'` reads them,"
        " `parley query RESULT --columns` tells them of a result.\n\n"
        + _table(["column", "type", "meaning"], rows)
        + "\n"
    )


def talks() -> str:
    """Return the page of protocols, strategies and rules of response."""
    from sim.negotiation.protocols import PROTOCOLS
    from sim.negotiation.strategies import STRATEGIES

    parts = ["# Protocols, strategies, rules of response\n", "## Protocols\n"]
    parts.append("`negotiation.protocol` takes one of these.\n")
    for name, kind in sorted(PROTOCOLS.items()):
        parts.append(
            f"### {name}\n\n{_prose(inspect.getdoc(kind))}\n\n{_prose(import_module(kind.__module__).__doc__)}\n"
        )
    parts.append("## Strategies\n\n`parties.<party>.strategy.name` takes one of these.\n")
    for name, kind in sorted(STRATEGIES.items()):
        parts.append(f"### {name}\n\n{_prose(inspect.getdoc(kind))}\n")
    guarantees = import_module("sim.after.guarantees").__doc__
    parts.append(f"## How guarantors respond\n\n{_prose(guarantees)}\n")
    return "\n".join(parts)


def _prose(text: str | None) -> str:
    """Return a docstring without its sections, as Markdown."""
    lines = inspect.cleandoc(text or "").splitlines()
    for number, line in enumerate(lines):
        if number and set(line) == {"-"} and line:
            lines = lines[: number - 1]
            break
    text = "\n".join(lines).replace("``", "`")
    out, formula = [], False
    for line in text.splitlines():
        if line.startswith(".. math::"):
            out += ["$$", line.removeprefix(".. math::").strip()]
            formula = True
            continue
        if formula and line and not line.startswith(" "):
            out.append("$$\n")
            formula = False
        out.append(line.strip() if formula else line)
    if formula:
        out.append("$$")
    return "\n".join(out).replace(":math:`", "`").strip()


def keys() -> str:
    """Return the page of every key of a scenario file, from the same schema that editors read."""
    from sim.domain.schema import scenario_schema

    schema = scenario_schema()
    parts = ["# Every key of a scenario file\n"]
    parts.append(
        "From the schema that `parley schema` prints. [Scenario files](../scenario-file.md) explains them in order.\n"
    )
    definitions = schema.get("$defs", {})
    for name, spec in [("scenario", schema), *sorted(definitions.items())]:
        if not spec.get("properties"):
            continue
        required = set(spec.get("required", ()))
        rows = [
            (f"`{key}`{' *' if key in required else ''}", _kind(value), value.get("description", ""))
            for key, value in spec["properties"].items()
        ]
        heading = "The file" if name == "scenario" else name
        parts.append(
            f"## {heading}\n\n{_first(spec.get('description', ''))}\n\n{_table(['key', 'takes', 'meaning'], rows)}\n"
        )
    parts.append("A star marks a key that must be given.\n")
    return "\n".join(parts)


def _first(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def _kind(spec: dict[str, Any]) -> str:
    """Return in words what a key takes."""
    if "$ref" in spec:
        return spec["$ref"].rpartition("/")[2]
    if "enum" in spec:
        return "one of " + ", ".join(f"`{value}`" for value in spec["enum"])
    if "const" in spec:
        return f"`{spec['const']}`"
    for word in ("anyOf", "oneOf", "allOf"):
        if word in spec:
            return " or ".join(dict.fromkeys(_kind(part) for part in spec[word]))
    kind = spec.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(spec.get('items', {}))}"
    if kind == "object" and isinstance(spec.get("additionalProperties"), dict):
        return f"mapping to {_kind(spec['additionalProperties'])}"
    return kind if isinstance(kind, str) else " or ".join(kind)


def api() -> str:
    """Return the page of the public names of `sim`."""
    import sim

    parts = ["# Python API\n", "`import sim` offers these names; each is loaded when it is first used.\n"]
    for name in sorted(n for n in sim.__all__ if not n.startswith("_")):
        thing = getattr(sim, name)
        home = f"{thing.__module__}.{thing.__qualname__}"
        if inspect.isclass(thing):
            directive, options = "autoclass", "   :members:\n"
        else:
            directive, options = "autofunction", ""
        parts.append(f"## sim.{name}\n\n```{{eval-rst}}\n.. {directive}:: {home}\n{options}```\n")
    return "\n".join(parts)


def sweeps() -> str:
    """Return the page of every key and method of a sweep file, from the records that read one."""
    from sim.sweeps.design import METHODS
    from sim.sweeps.design_file import FactorEntry, RunOptions, SweepFile
    from sim.sweeps.switches import SWITCHES

    parts = ["# Every key of a sweep file\n", "[Sweep files](../sweep-file.md) explains them with examples.\n"]
    for title, kind in (("The file", SweepFile), ("FactorEntry", FactorEntry), ("RunOptions", RunOptions)):
        schema = kind.model_json_schema()
        required = set(schema.get("required", ()))
        rows = [
            (f"`{key}`{' *' if key in required else ''}", _kind(value), _default(value))
            for key, value in schema["properties"].items()
        ]
        parts.append(f"## {title}\n\n{_table(['key', 'takes', 'by default'], rows)}\n")
    parts.append("A star marks a key that must be given.\n")
    parts.append("## Methods\n\n" + "\n".join(f"- `{name}`" for name in METHODS) + "\n")
    parts.append("## Switches that a factor can set\n\n" + "\n".join(f"- `{name}`" for name in SWITCHES) + "\n")
    return "\n".join(parts)


def _default(spec: dict[str, Any]) -> str:
    return f"`{spec['default']}`" if spec.get("default") not in (None, "", [], {}) else ""


def notebook(source: Path) -> str:
    """Run a notebook and return it as a page with its results.

    Parameters
    ----------
    source : Path
        Python in the percent format: cells begin with ``# %%``, those of text with ``# %% [markdown]``.

    Returns
    -------
    str
        Text, code, and below each cell what it printed and the value of its last line.
    """
    parts, names = [], {"__name__": "notebook"}
    with contextlib.chdir(Path(__file__).parent.parent):
        for cell in f"\n{source.read_text(encoding='utf-8')}".split("\n# %%")[1:]:
            kind, _, text = cell.partition("\n")
            if "[markdown]" in kind:
                parts.append("\n".join(line.removeprefix("#").removeprefix(" ") for line in text.strip().splitlines()))
                continue
            parts.append(f"```python\n{text.strip()}\n```")
            told = _told(text, names, str(source))
            if told:
                parts.append(f"```text\n{told}\n```")
    return "\n\n".join(parts) + "\n"


def _told(code: str, names: dict[str, Any], source: str) -> str:
    """Run a cell; return what it printed and what its last line is worth."""
    body = ast.parse(code).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), source, "exec"), names)
        value = None if last is None else eval(compile(ast.Expression(last.value), source, "eval"), names)
    if value is not None:
        printed.write(value.to_string() if hasattr(value, "to_string") else repr(value))
    return printed.getvalue().rstrip()
