"""The console that tables are printed on."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from sim.errors import printable
from sim.present.sheets import Block, Cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.table import Table

__all__ = ["bold", "console", "dim", "print_frame", "print_table", "recorded", "replay"]

#: Columns where stdout is no terminal and COLUMNS is not set: a file or pipe gets tables that do not wrap early.
PIPED_WIDTH = 110
#: No table can be told in less.
LEAST_WIDTH = 40


#: Where a style begins and ends: characters for private use, which no text from a file brings to a screen.
_BEGIN = {"bold": "\ue0b0", "dim": "\ue0b1"}
_END = "\ue0b2"


def bold(text: str) -> str:
    """Return text that `console` prints in bold.

    Examples
    --------
    >>> console().print(bold("Two by two") + " [sic]")
    Two by two [sic]
    """
    return f"{_BEGIN['bold']}{_inner(text)}{_END}"


def dim(text: str) -> str:
    """Return text that `console` prints dimmed.

    Examples
    --------
    >>> console().print(dim("and 3 larger ones"))
    and 3 larger ones
    """
    return f"{_BEGIN['dim']}{_inner(text)}{_END}"


def _inner(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, (*_BEGIN.values(), _END)), "\ufffd"))


def console() -> Console:
    r"""Return a console on stdout, as wide as COLUMNS says, else as the terminal is, else `PIPED_WIDTH`.

    All that is printed on it is text: words in square brackets are no markup, and signs that would steer the
    terminal or turn the direction of writing are shown by their number (`sim.errors.printable`).

    Returns
    -------
    rich.console.Console

    Examples
    --------
    >>> console().width  # the output of an example is no terminal
    110
    >>> console().print("[red]Hill[/red] \x1b[31m")
    [red]Hill[/red] \u001b[31m
    """
    from rich.console import Console
    from rich.segment import Segment
    from rich.text import Text

    class Screen(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            options |= {"markup": False, "emoji": False}
            shown = Text("", options.pop("style", ""), justify=options.get("justify"), overflow=options.get("overflow"))
            for place, part in enumerate(re.split(f"([{''.join(_BEGIN.values())}][^{_END}]*{_END})", text)):
                inner = printable(part[1:-1] if place % 2 else part)
                style = next((name for name, sign in _BEGIN.items() if place % 2 and part[0] == sign), "")
                shown.append_text(super().render_str(inner, style=style, **options))
            return shown

        def print(self, *objects: Any, **options: Any) -> None:
            blocks = _RECORD.get()
            if blocks is None:
                super().print(*objects, **options)
            else:
                blocks += [_block(thing, str(options.get("style") or "")) for thing in objects or ("",)]

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            # The last gate, for what is no plain text when it comes here.
            for segment in super().render(renderable, options):
                plain = segment.text if segment.control else printable(segment.text)
                yield segment if plain == segment.text else Segment(plain, segment.style)

    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        width: int | None = max(LEAST_WIDTH, int(given))
    else:
        width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Screen(highlight=False, width=width)


def print_table(screen: Console, table: Table, title: str = "") -> None:
    """Print a table whole, below its title.

    The title is a line of its own, however narrow the table, and words in square brackets stand as they are. No word
    is cut and no column is narrower than `LEAST_COLUMN`. Where that leaves too little room, a table whose first column
    names its rows is printed in several parts, each with some of the other columns; any other is printed row by row,
    each value after the heading of its column.

    Parameters
    ----------
    screen : rich.console.Console
    table : rich.table.Table
        Without a title of its own.
    title : str, optional

    Examples
    --------
    >>> from rich.table import Table
    >>> print_table(console(), Table("", "A", box=None), "Much wider than the table [below]")
    Much wider than the table [below]
      A
    """
    from rich.text import Text

    blocks = _RECORD.get()
    if blocks is not None:
        blocks.append(Block(table=_cells(table, title)))
        return
    if title:
        screen.print(Text(printable(title), style="table.title"))
    cells = _cells(table, "")
    room = screen.width
    if _fit(table, cells, room):
        screen.print(table)
        return
    parts = _parts(table, cells, room) if cells.headed and cells.header and not cells.header[0].strip() else []
    for part in parts:
        shown = _table_of(cells.of_columns(part))
        _fit(shown, cells.of_columns(part), room)
        screen.print(shown)
    if not parts:
        _print_rows(screen, cells)


#: Rows from which a few long cells do not decide how wide a column is.
LONG_TABLE = 60
#: Between a share and its sign no line breaks.
_SHARE = re.compile(r"(?<=\d) %")
#: Signs of the narrowest column.
LEAST_COLUMN = 4


def _fit(table: Table, cells: Cells, room: int) -> bool:
    """Set the widths of columns so that no word is cut; return whether that is possible."""
    needs, wants = _widths(cells)
    spare = room - _overhead(table, len(needs)) - sum(needs)
    if spare < 0:
        return False
    if sum(wants) - sum(needs) <= spare:
        for column in table.columns:
            column.min_width = LEAST_COLUMN
        return True
    # What is left goes to columns by what most of their cells could use, whole signs first come.
    wants = [max(need, min(want, most)) for need, want, most in zip(needs, wants, _usual(cells), strict=True)]
    if sum(wants) - sum(needs) <= spare:
        wants = _widths(cells)[1]
    lacking = [want - need for want, need in zip(wants, needs, strict=True)]
    given = [spare * lack // sum(lacking) for lack in lacking]
    rest = spare - sum(given)
    for place, column in enumerate(table.columns):
        more = min(rest, 1) if lacking[place] > given[place] else 0
        rest -= more
        column.width = needs[place] + given[place] + more
        column._cells = [_hung(cell, column.width) for cell in column._cells]
    return True


def _usual(cells: Cells) -> list[int]:
    """Return the width in which nine of ten cells of a column stand on one line; of a short table, any."""
    from rich.cells import cell_len

    found = []
    for place in range(len(cells.header)):
        lines = sorted(cell_len(line) for row in cells.rows for line in _unmarked(row[place]).splitlines())
        found.append(lines[len(lines) * 9 // 10] if len(lines) > LONG_TABLE else sys.maxsize)
    return found


def _hung(cell: Any, width: int) -> Any:
    """Return a cell whose lines that are set in stay so where they go on, and whose shares keep their sign."""
    from rich.text import Text

    if not isinstance(cell, Text | str):
        return cell
    plain = str(cell)
    if _unmarked(plain) != plain or not (plain.startswith("  ") or _SHARE.search(plain)):
        return cell
    lines = []
    for line in plain.splitlines():
        start = len(line) - len(line.lstrip(" "))
        indent = " " * (start + 2) if start else ""
        whole = _SHARE.sub("\u00a0%", line)
        lines += textwrap.wrap(whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return Text("\n".join(lines).replace("\u00a0", " "), style=getattr(cell, "style", ""))


def _widths(cells: Cells) -> tuple[list[int], list[int]]:
    """Return what each column needs, its longest word, and what it would take, its longest line."""
    from rich.cells import cell_len

    needs, wants = [], []
    for place, header in enumerate(cells.header):
        texts = [_unmarked(row[place]) for row in cells.rows] + ([_unmarked(header)] if cells.headed else [])
        want = max((cell_len(line) for text in texts for line in text.splitlines()), default=0)
        need = max((cell_len(word) for text in texts for word in _words(text)), default=0)
        wants.append(max(LEAST_COLUMN, want))
        needs.append(wants[-1] if place in cells.whole else max(LEAST_COLUMN, need))
    return needs, wants


def _words(text: str) -> list[str]:
    # A blank at the beginning of a line sets it in: it belongs to the first word. A share keeps its sign beside it.
    return [word for line in text.splitlines() for word in re.findall(r"^\s*\S+(?: %\S*)?|\S+(?: %\S*)?", line)]


def _unmarked(text: str) -> str:
    return printable(re.sub(f"[{''.join(_BEGIN.values())}{_END}]", "", text))


def _overhead(table: Table, n: int) -> int:
    """Return the width of lines and padding."""
    _, right, _, left = table.padding
    lines = (n - 1 + 2 * table.show_edge) if table.box else 0
    return lines + n * (left + right) - (0 if table.pad_edge else left + right)


def _parts(table: Table, cells: Cells, room: int) -> list[list[int]]:
    """Return which columns stand together, each time after the first; none where one is too wide by itself."""
    needs, _ = _widths(cells)
    parts: list[list[int]] = []
    for place in range(1, len(needs)):
        for part in (parts[-1] if parts else [], []):
            wider = [*(part or [0]), place]
            if _overhead(table, len(wider)) + sum(needs[k] for k in wider) <= room:
                parts = [*parts[:-1], wider] if part else [*parts, wider]
                break
        else:
            return []
    return parts


def _print_rows(screen: Console, cells: Cells) -> None:
    from rich.padding import Padding

    def flat(text: str) -> str:
        # A key that was broken where one of its words ends is whole again.
        return " ".join(re.sub(r"(?<=[._])\n\s*", "", text).split())

    for row in cells.rows:
        screen.print(flat(row[0]))
        told = [
            f"{header} {flat(cell)}".strip()
            for header, cell in zip(cells.header[1:], row[1:], strict=True)
            if flat(cell)
        ]
        if told:
            screen.print(Padding("; ".join(told), (0, 0, 0, 4)))


def print_frame(frame: pd.DataFrame) -> None:
    """Print a data frame as a plain table, without its index.

    Parameters
    ----------
    frame : pandas.DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> print_frame(pd.DataFrame({"point": [0, 1], "agreed": [0.5, 1.0]}))
     point  agreed
         0     0.5
         1     1.0
    """
    blocks = _RECORD.get()
    if blocks is None:
        console().print(frame.to_string(index=False), soft_wrap=True)
        return
    rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in frame.itertuples(index=False))
    blocks.append(Block(table=Cells(tuple(map(str, frame.columns)), rows)))


# --- recording ------------------------------------------------------------------------------------------------------

_RECORD: ContextVar[list[Block] | None] = ContextVar("record", default=None)


@contextmanager
def recorded() -> Iterator[list[Block]]:
    """Keep what is printed on `console` as blocks, and print nothing, while the block runs.

    Examples
    --------
    >>> with recorded() as blocks:
    ...     console().print("Two by two")
    >>> blocks[0].text
    'Two by two'
    """
    blocks: list[Block] = []
    before = _RECORD.set(blocks)
    try:
        yield blocks
    finally:
        _RECORD.reset(before)


def _block(thing: Any, style: str) -> Block:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if isinstance(thing, Padding):
        inner = _block(thing.renderable, style)
        return Block(inner.text, indent=thing.left, style=style)
    if isinstance(thing, Table):
        # The one table that is printed directly is the grid of a list: a bullet, and what it says.
        return Block(items=tuple(row[1] for row in _cells(thing, "").rows))
    if isinstance(thing, Text):
        return Block(thing.plain, style=style or str(thing.style))
    return Block(str(thing), style=style)


def _cells(table: Table, title: str) -> Cells:
    from rich import box

    def text(cell: Any) -> str:
        return str(getattr(cell, "plain", cell))

    columns = [[text(cell) for cell in column._cells] for column in table.columns]
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    return Cells(
        tuple(text(column.header) for column in table.columns),
        rows,
        title,
        tuple(place for place, row in enumerate(table.rows) if row.end_section),
        tuple(column.justify for column in table.columns),
        next((name for name in dir(box) if getattr(box, name) is table.box), "") if table.box else "",
        table.show_header,
        table.pad_edge,
        tuple(place for place, row in enumerate(table.rows) if str(row.style or "") == "bold"),
        tuple(place for place, column in enumerate(table.columns) if column.no_wrap),
        tuple(column.width or 0 for column in table.columns),
    )


def _table_of(cells: Cells) -> Table:
    """Return cells as a table."""
    from rich import box
    from rich.table import Table

    table = Table(show_header=cells.headed, pad_edge=cells.padded)
    table.box = getattr(box, cells.box) if cells.box else None
    for place, header in enumerate(cells.header):
        side = cast("Any", cells.justify[place] if cells.justify else "left")
        width = cells.widths[place] if cells.widths else 0
        table.add_column(header, justify=side, no_wrap=place in cells.whole, width=width or None)
    for place, row in enumerate(cells.rows):
        table.add_row(*row, style="bold" if place in cells.strong else None, end_section=place in cells.sections)
    return table


def replay(blocks: Sequence[Block]) -> None:
    """Print blocks again as they were first printed.

    Parameters
    ----------
    blocks : sequence of Block

    Examples
    --------
    >>> with recorded() as blocks:
    ...     console().print("Two by two")
    >>> replay(blocks)
    Two by two
    """
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    screen = console()
    for block in blocks:
        if block.table is not None:
            print_table(screen, _table_of(block.table), block.table.title)
        elif block.items:
            grid = Table.grid(padding=(0, 1, 0, 0))
            for item in block.items:
                grid.add_row("•", item)
            screen.print(grid)
        elif block.indent:
            screen.print(Padding(block.text, (0, 0, 0, block.indent)))
        elif block.style:
            screen.print(Text(printable(block.text), style=block.style))
        else:
            screen.print(block.text)
