"""From data that has changed back to the text it was read from: only what changed is written, all else stays.

Comments, the order of keys, blank lines and quotes around whatever did not change are kept to the letter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import yaml

from sim.domain.document import parse_document
from sim.domain.writing import flow_text, yaml_text
from sim.errors import ScenarioError

__all__ = ["edited"]


def edited(text: str, after: Mapping[str, Any]) -> str:
    r"""Return a scenario's text with the fewest changes that make it say other data.

    Parameters
    ----------
    text : str
        YAML as `parse_document` reads it.
    after : mapping
        What it is to say: strings, numbers, booleans, None, lists and mappings with text keys.

    Returns
    -------
    str
        Text that reads as `after`.

    Raises
    ------
    ScenarioError
        If the text is not strict YAML.

    Examples
    --------
    >>> text = "# Who talks.\nparties:\n  north: 0.5  # a guess\n  south: 0.3\n"
    >>> print(edited(text, {"parties": {"north": 0.6, "south": 0.3, "west": 0.1}}), end="")
    # Who talks.
    parties:
      north: 0.6  # a guess
      south: 0.3
      west: 0.1
    """
    text = text.removeprefix("\ufeff")
    before = parse_document(text).data
    if _same(before, after):
        return text
    root = yaml.compose(text, Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)
    editor = _Editor(text, root)
    editor.change(root, before, after)
    made = editor.text()
    try:
        if _same(parse_document(made).data, after):
            return made
    except ScenarioError:
        pass
    return yaml_text(after)  # a layout that is not foreseen: written out anew


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same in YAML: 1 and 1.0, or 1 and true, are not."""
    return _key(one) == _key(other)


def _key(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _entry(item: Any) -> str:
    """Return an entry of a list, behind a dash."""
    return yaml_text([item]) if isinstance(item, Mapping) and item else f"- {flow_text(item)}\n"


class _Editor:
    """Collects replacements of parts of a text."""

    def __init__(self, text: str, root: Any) -> None:
        self.before = text
        self.root = root
        self.parts: list[tuple[int, int, str]] = []

    def text(self) -> str:
        """Return the text with all parts replaced."""
        made, at = [], 0
        for start, end, put in sorted(self.parts, key=lambda part: part[:2]):
            made += [self.before[at:start], put]
            at = end
        return "".join([*made, self.before[at:]])

    def change(self, node: Any, before: Any, after: Any) -> None:
        """Replace what differs within a node."""
        if _same(before, after):
            return
        if isinstance(node, yaml.MappingNode) and isinstance(after, Mapping):
            written = {key.value: (key, value) for key, value in node.value}
            if not node.flow_style and any(key in after for key in written):
                self._mapping(node, written, before, after)
                return
            if written.keys() == after.keys():
                for key, (_, child) in written.items():
                    self.change(child, before[key], after[key])
                return
        if isinstance(node, yaml.SequenceNode) and isinstance(after, list) and before and after:
            if not node.flow_style:
                self._sequence(node, before, after)
                return
            if len(before) == len(after):
                for child, old, new in zip(node.value, before, after, strict=True):
                    self.change(child, old, new)
                return
        start, end = node.start_mark.index, self._end(node)
        put = flow_text(after)
        head = self.before[:start].rstrip()
        if start == end or (start and self.before[start - 1] == ":"):
            put = f" {put}"
        elif "\n" in self.before[len(head) : start] and node is not self.root:
            # A block below its key: what replaces it stands behind the key, or further in where a comment stands there.
            put = f" {put}"
            if head.endswith((":", "-")):
                start = len(head)
        if self.before[start:end].endswith("\n"):
            put += "\n"
        self.parts.append((start, end, put))

    def _mapping(self, node: Any, written: dict[str, tuple[Any, Any]], before: Any, after: Mapping[str, Any]) -> None:
        column = node.start_mark.column
        kept = [key for key in written if key in after]
        for key in kept:
            self.change(written[key][1], before[key], after[key])
        starts = [key_node.start_mark.index for key_node, _ in written.values()]
        for place, (key, (key_node, value)) in enumerate(written.items()):
            if key in after:
                continue
            start, end = key_node.start_mark.index, self._line_end(self._end(value, key_node))
            line = self.before.rfind("\n", 0, start) + 1
            if self.before[line:start].strip():  # the first key of an entry of a list stands behind its dash
                end = starts[place + 1]
            else:
                start = line
            self.parts.append((start, end, ""))
        added = {key: value for key, value in after.items() if key not in written}
        if added:
            last_key, last = list(written.values())[-1]
            self._insert(self._line_end(self._end(last, last_key)), yaml_text(added), column)

    def _sequence(self, node: Any, before: list[Any], after: list[Any]) -> None:
        column = node.start_mark.column
        matcher = SequenceMatcher(None, [_key(item) for item in before], [_key(item) for item in after], autojunk=False)
        for kind, low, high, new_low, new_high in matcher.get_opcodes():
            if kind == "equal":
                continue
            both = min(high - low, new_high - new_low)
            for step in range(both):
                self.change(node.value[low + step], before[low + step], after[new_low + step])
            for gone in node.value[low + both : high]:
                line = self.before.rfind("\n", 0, gone.start_mark.index) + 1
                self.parts.append((line, self._line_end(self._end(gone)), ""))
            if new_low + both < new_high:
                place = low + both
                at = (
                    self.before.rfind("\n", 0, node.value[0].start_mark.index) + 1
                    if place == 0
                    else self._line_end(self._end(node.value[place - 1]))
                )
                self._insert(at, "".join(map(_entry, after[new_low + both : new_high])), column)

    def _insert(self, at: int, block: str, column: int) -> None:
        """Insert lines at the start of a line, indented."""
        lines = "".join(f"{' ' * column}{line}" if line.strip() else line for line in block.splitlines(keepends=True))
        lead = "\n" if at and self.before[at - 1] != "\n" else ""
        self.parts.append((at, at, lead + lines))

    def _end(self, node: Any, otherwise: Any = None) -> int:
        """Return where the content of a node ends; the comments that follow a block are not its content."""
        if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1], last[0]) if isinstance(last, tuple) else self._end(last)
        if node.start_mark.index == node.end_mark.index and otherwise is not None:
            return self.before.index(":", otherwise.end_mark.index) + 1
        end = int(node.end_mark.index)
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            # The mark stands where the next thing begins, comments passed over.
            return self._block_end(node)
        return end

    def _block_end(self, node: Any) -> int:
        """Return where the lines of a literal or folded text end."""
        at = self._line_end(node.start_mark.index)
        indent, end = -1, at
        while at < node.end_mark.index:
            stop = self.before.find("\n", at) + 1 or len(self.before)
            line = self.before[at:stop]
            if line.strip():
                deep = len(line) - len(line.lstrip(" "))
                indent = deep if indent < 0 else indent
                if deep < indent:
                    break
                end = stop
            at = stop
        return end

    def _line_end(self, at: int) -> int:
        """Return where the line of a place ends, its break included; the place itself at the start of a line."""
        if at and self.before[at - 1] == "\n":
            return at
        found = self.before.find("\n", at)
        return len(self.before) if found < 0 else found + 1
