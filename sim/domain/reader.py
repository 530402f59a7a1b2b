"""From a file to a `Scenario`: extending, setting, checking shape, checking references.

The reading has four steps, each with positions: the document (``document``), ``extends``
(``extends``), the shape (pydantic, strict, extra keys refused; ``shape``), and the references between
parts (``references``). Whatever can be found is found in one reading: faults of the text that leave the
rest readable, faults of shape, and dangling references come together, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.domain.document import MAX_FAULTS, MAX_VALUES, Document, Place, parse_document, read_document
from sim.domain.extends import extended, merge, target_of
from sim.domain.groups import expand_groups, varied_at
from sim.domain.references import check_references
from sim.domain.saving import saved
from sim.domain.scenario import Scenario
from sim.domain.settings import FIX, apply_settings, pairs_of
from sim.domain.shape import salvaged, shape_errors
from sim.errors import ScenarioError, ScenarioErrors

__all__ = [
    "as_scenario",
    "merge",
    "read_scenario",
    "scenario_from_data",
    "scenario_from_document",
    "scenario_from_text",
    "with_settings",
]


def read_scenario(path: str | Path, settings: Sequence[str] | Mapping[str, Any] = ()) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : str or Path
        The file, or the folder that holds a ``scenario.yaml``.
    settings : sequence of "path=value", or mapping of path to value
        Values set over the file, for existing keys only.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With file, line, key path, what was given, the rule and the nearest valid name. Several faults
        come as one `ScenarioErrors`.

    Examples
    --------
    >>> scenario = read_scenario("scenarios/berlin-2025/scenario.yaml", ["negotiation.deadline=10"])
    >>> scenario.negotiation.deadline
    10
    """
    path = Path(path)
    try:
        if path.is_dir() and (path / "scenario.yaml").is_file():
            path = path / "scenario.yaml"
    except (OSError, ValueError):
        pass  # read_document says what is wrong with such a name
    faults: list[ScenarioError] = []
    return _finish(read_document(path, faults=faults), path, settings, faults)


def as_scenario(given: Scenario | str | Path, others: str = "") -> Scenario:
    """Return a scenario, read where a path is given.

    Parameters
    ----------
    given : Scenario, str or Path
        A scenario, or its file or folder.
    others : str
        What else the caller takes, for the message, such as ``a world``.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        Where it is neither, or the file breaks a rule.

    Examples
    --------
    >>> as_scenario("scenarios/tutorial-two-by-two").name
    'tutorial-two-by-two'
    >>> as_scenario(7)
    Traceback (most recent call last):
    sim.errors.ScenarioError: a scenario, or the path of one, is needed here; this is int 7
    """
    if isinstance(given, Scenario):
        return given
    if isinstance(given, str | Path):
        return read_scenario(given)
    raise ScenarioError(
        f"a scenario, {f'{others}, or the path of a scenario' if others else 'or the path of one'}, is needed here; "
        f"this is {type(given).__name__} {given!r:.60}"
    )


def scenario_from_text(
    text: str,
    *,
    file: str = "",
    settings: Sequence[str] | Mapping[str, Any] = (),
    rivals: Mapping[str, str] | None = None,
) -> Scenario:
    """Read a scenario from text, such as one written in a notebook or kept in a manifest.

    Parameters
    ----------
    text : str
        YAML (of which JSON is a part).
    file : str, optional
        Name used in errors, and place that ``extends`` is relative to.
    settings
        As in `read_scenario`.
    rivals : mapping of str to str, optional
        Texts of the rival codings by name, read in place of the files that the scenario names.

    Returns
    -------
    Scenario

    Examples
    --------
    >>> print(scenario_from_text("schema: 1"))
    Traceback (most recent call last):
    ...
    sim.errors.ScenarioErrors: name: this key is required
    title: this key is required
    as_of: this key is required
    issues: this key is required
    parties: this key is required
    negotiation: this key is required
    """
    faults: list[ScenarioError] = []
    return _finish(parse_document(text, file=file, faults=faults), Path(file), settings, faults, texts=rivals)


def scenario_from_data(data: Mapping[str, Any]) -> Scenario:
    """Build a scenario from plain data, with the keys that a scenario file has.

    Parameters
    ----------
    data : mapping
        Strings, numbers, booleans, None, lists and mappings with text keys.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If the data breaks a rule of scenario files.

    Examples
    --------
    >>> made = scenario_from_data({
    ...     "schema": 1, "name": "border", "title": "A border", "as_of": "2025",
    ...     "issues": {"line": {"title": "The line", "options": {
    ...         "river": {"title": "River", "definition": "The border follows the river."},
    ...         "hill": {"title": "Hill", "definition": "The border follows the crest."},
    ...     }}},
    ...     "parties": {
    ...         party: {
    ...             "title": party.title(), "salience": {"line": 1}, "no_deal": {"reservation": 0.3},
    ...             "utility": {"line": {"river": river, "hill": 1 - river}},
    ...         }
    ...         for party, river in {"north": 0.4, "south": 0.8}.items()
    ...     },
    ...     "negotiation": {"protocol": "alternating_offers", "deadline": 10},
    ... })
    >>> made.title, sorted(made.parties)
    ('A border', ['north', 'south'])
    """
    return _finish(Document(_copied(data), {}, {}, {}), Path(), (), [])


def _copied(value: Any) -> Any:
    """Return plain data of one's own: what the caller changes later does not change the scenario."""
    if isinstance(value, Mapping):
        return {key: _copied(child) for key, child in value.items()}
    return [_copied(child) for child in value] if isinstance(value, list | tuple) else value


def scenario_from_document(document: Document) -> Scenario:
    """Check data that came from elsewhere than YAML, such as a spreadsheet.

    Parameters
    ----------
    document : Document
        Plain data, with the places errors are to point at.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        As `read_scenario` does.

    Examples
    --------
    >>> berlin = read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> scenario_from_document(Document(berlin.data, {}, {}, {})).hash == berlin.hash
    True
    """
    return _finish(document, Path(document.file), (), [])


def _finish(
    document: Document,
    path: Path,
    settings: Sequence[str] | Mapping[str, Any],
    faults: list[ScenarioError],
    rivals: bool = True,
    texts: Mapping[str, str] | None = None,
) -> Scenario:
    document = extended(document, path, faults)
    scenario = _validated(document, faults=faults)
    pairs = pairs_of(settings)
    if pairs:
        scenario = _set(scenario, document, pairs)
    if rivals:
        _load_rivals(scenario, document, path, pairs, texts=texts)
    return scenario


def with_settings(scenario: Scenario | str | Path, settings: Sequence[str] | Mapping[str, Any]) -> Scenario:
    """Return the scenario with values set at existing paths, checked again.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, or its file or folder.
    settings : mapping of str to value, or sequence of "path=value"
        By dotted path. A plain number fixes the number there: the range of its record goes. ``path.value`` moves
        the central value and keeps the range.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If a path does not exist, or the value breaks a rule.

    Examples
    --------
    >>> berlin = read_scenario("scenarios/berlin-2025/scenario.yaml")
    >>> changed = with_settings(berlin, {"parties.russia.no_deal.reservation": 0.5})
    >>> changed.parties["russia"].no_deal.reservation.value
    0.5
    """
    scenario = as_scenario(scenario)
    pairs = pairs_of(settings)
    document = Document(scenario.data, {}, {}, {}, scenario.file)
    changed = _set(scenario, document, pairs)
    _load_rivals(changed, document, Path(scenario.file), pairs, scenario)
    return changed


@dataclass(frozen=True)
class _Editing:
    """What `Scenario.with_` and `Scenario.save` need of the reader."""

    def changed(
        self, scenario: Scenario, settings: Sequence[str] | Mapping[str, Any], over: Mapping[str, Any]
    ) -> Scenario:
        """Return the scenario with parts merged over it and values set."""
        if over:
            # Without the name of the file: what was changed in Python stands on none of its lines.
            document = Document(merge(scenario.data, _copied(over)), {}, {}, {})
            changed = _validated(document)
            changed._file, changed._settings = scenario.file, scenario.settings
            _load_rivals(changed, document, Path(scenario.file), {}, scenario)
            scenario = changed
        return with_settings(scenario, settings)

    def saved(self, scenario: Scenario, path: str | Path, overwrite: bool) -> Path:
        """Write the scenario to a file."""

        def read(text: str, file: str) -> Scenario:
            return scenario_from_text(text, file=file)

        return saved(scenario, path, read, overwrite=overwrite)


def _validated(document: Document, faults: Sequence[ScenarioError] = ()) -> Scenario:
    found = list(faults)
    whole = expand_groups(document)
    try:
        scenario = Scenario.model_validate(whole.data)
        found += check_references(scenario, whole)
    except ValidationError as fault:
        spoiled = {(item.file, item.line) for item in faults}
        found += [item for item in shape_errors(fault, whole) if (item.file, item.line) not in spoiled]
        found += _references_in_spite(whole, fault)
        raise _gathered(found, document, fault.error_count()) from None
    if found:
        raise _gathered(found, document)
    scenario._data = document.data
    scenario._file = document.file
    scenario._editing = _Editing()
    return scenario


def _gathered(found: list[ScenarioError], document: Document, total: int = 0) -> ScenarioErrors:
    order = {name: place for place, name in enumerate(document.lines)}
    found = _said_once(_at_their_group(found, document), document)
    found.sort(key=lambda error: (order.get(error.file or "", 0), error.line or 0, error.column or 0))
    # Pydantic counts a fault once for each door of a union, so its count tells only of what was cut off.
    return ScenarioErrors(found, total if total > MAX_FAULTS else None)


def _at_their_group(found: list[ScenarioError], document: Document) -> list[ScenarioError]:
    """Point what a group varies wrongly at the group's own line, once, in place of every member."""
    pointed: list[ScenarioError] = []
    told = {error.path for error in found}
    for error in found:
        place = varied_at(document, error.path)
        if place is None:
            pointed.append(error)
            continue
        at_group = document.error(place, error.message)
        if not any(path == at_group.path or path.startswith(f"{at_group.path}.") for path in told):
            told.add(at_group.path)
            pointed.append(at_group)
    return pointed


def _said_once(found: list[ScenarioError], document: Document) -> list[ScenarioError]:
    """Leave out what the members of a group repeat of the party they are like, and of one another."""
    parties = document.data.get("parties")
    written = parties if isinstance(parties, Mapping) else {}
    unique: dict[tuple[str, str], ScenarioError] = {}
    for error in found:
        path = error.path
        if path.startswith("parties."):
            name, _, below = path.removeprefix("parties.").partition(".")
            if name not in written:
                path = next(
                    (f"parties.{p}.{below}" for p in written if (f"parties.{p}.{below}", error.message) in unique),
                    f"parties..{below}",
                )
        unique.setdefault((path, error.message), error)
    return list(unique.values())


def _references_in_spite(document: Document, fault: ValidationError) -> list[ScenarioError]:
    """Return the dangling references of a file whose shape is faulty, as far as they are certain."""
    rescue = salvaged(document.data, fault) if fault.error_count() <= MAX_FAULTS else None
    if rescue is None:
        return []
    scenario, touched = rescue
    dotted = [".".join(map(str, place)) for place in touched]

    def near(path: str) -> bool:
        return any(path == d or path.startswith(f"{d}.") or d.startswith(f"{path}.") for d in dotted)

    return [error for error in check_references(scenario, document) if not near(error.path)]


def _set(scenario: Scenario, document: Document, pairs: Mapping[str, Any]) -> Scenario:
    data, places, settings = apply_settings(scenario, document.data, pairs)
    # What was set stands in no file: without a mark an error would point at the value it replaced.
    values = {p: m for p, m in document.values.items() if not any(p[: len(s)] == s for s in places)}
    changed = Document(data, values, document.keys, document.lines, document.file)
    try:
        made = _validated(changed)
    except ScenarioErrors as fault:
        told = [_as_setting(item, places) for item in fault.errors]
        raise ScenarioErrors(told, fault.total) from None
    made._settings = (*(one for one in scenario.settings if one.path not in pairs), *settings)
    return made


def _as_setting(error: ScenarioError, places: Mapping[Place, str]) -> ScenarioError:
    for place, text in places.items():
        path = ".".join(map(str, place))
        if error.path == path or error.path.startswith(f"{path}.") or path.startswith(f"{error.path}."):
            below = error.path.removeprefix(path).lstrip(".") if error.path.startswith(path) else ""
            option = "--fix" if text.startswith(FIX) else "--set"
            return ScenarioError(f"{option} {text.removeprefix(FIX)}: {f'{below}: ' if below else ''}{error.message}")
    return error


# --- rival codings ---------------------------------------------------------------------------------


def _load_rivals(
    scenario: Scenario,
    document: Document,
    path: Path,
    settings: Mapping[str, Any],
    earlier: Scenario | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Read the rival codings; what is set over the scenario is set over each of them."""
    shared = {key: value for key, value in settings.items() if key.partition(".")[0] not in _OWN}
    faults: list[ScenarioError]
    held = 0
    for name, coding in scenario.codings.items():
        if coding.file is None:
            scenario._rivals[name] = scenario
            continue
        place: Place = ("codings", name, "file")
        if earlier is not None and name in earlier.rivals:
            rival = earlier.rivals[name]
        elif texts is not None:
            if name not in texts:
                raise document.error(place, "the text of this rival coding was not kept")
            faults = []
            rival = _finish(parse_document(texts[name], file=name, faults=faults), path, (), faults, rivals=False)
        else:
            target = target_of(document, place, path, coding.file)
            faults = []
            try:
                read = extended(read_document(target, faults=faults), target, faults)
                held += len(read.values)
                if held > MAX_VALUES:
                    raise document.error(place, f"the codings together hold more than {MAX_VALUES:,} values")
                rival = _finish(read, target, (), faults, rivals=False)
            except ScenarioError as fault:
                if fault.line is None:
                    raise document.error(place, f"{coding.file}: {fault.message}") from None
                raise
        if rival.codings:
            raise document.error(place, "a rival coding cannot list codings of its own")
        mismatch = _different_space(scenario, rival)
        if mismatch:
            raise document.error(place, f"{coding.file}: {mismatch}")
        scenario._rivals[name] = with_settings(rival, shared) if shared else rival


#: Parts that are the scenario's own, not its rivals'.
_OWN = ("codings", "name", "title", "question", "description")


def _different_space(scenario: Scenario, rival: Scenario) -> str:
    if {k: set(i.options) for k, i in scenario.issues.items()} != {k: set(i.options) for k, i in rival.issues.items()}:
        return "has other issues or options; rival codings value the same agreements"
    if set(scenario.parties) != set(rival.parties):
        return "has other parties; rival codings describe the same parties"
    return ""
