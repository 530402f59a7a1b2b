"""The scenarios that come with the program, by name.

In a source tree they stand beside the package, where people look for them; a wheel carries them inside it.
"""

from __future__ import annotations

from pathlib import Path

from sim.errors import ScenarioError, nearest

__all__ = ["shipped_scenario", "shipped_scenarios"]


def shipped_scenarios() -> dict[str, Path]:
    """Return the files of the scenarios that come with the program, by name.

    Returns
    -------
    dict of str to Path
        A variant of ``berlin-2025`` is named ``berlin-2025-`` and its own name. Empty where none came along.

    Examples
    --------
    >>> found = shipped_scenarios()
    >>> found["berlin-2025"].name, found["berlin-2025-nato-open"].name
    ('scenario.yaml', 'nato-open.yaml')
    """
    package = Path(__file__).parents[1]
    folder = next((f for f in (package / "scenarios", package.parent / "scenarios") if f.is_dir()), None)
    if folder is None:
        return {}
    found = {path.parent.name: path for path in folder.glob("*/scenario.yaml")}
    for path in folder.glob("*-variants/*.yaml"):
        found[f"{path.parent.name.removesuffix('-variants')}-{path.stem}"] = path
    return dict(sorted(found.items()))


def shipped_scenario(path: Path) -> Path:
    """Return the file that is meant: the path itself where it is there, or the scenario shipped under that name.

    Raises
    ------
    ScenarioError
        Where neither is there and a shipped name is near.

    Examples
    --------
    >>> shipped_scenario(Path("camp-david-1978")).parent.name
    'camp-david-1978'
    >>> shipped_scenario(Path("berlin-2052"))
    Traceback (most recent call last):
    sim.errors.ScenarioError: berlin-2052: no such file, and no scenario of this name comes along; did you mean \
'berlin-2025'?
    """
    try:
        if len(path.parts) != 1 or path.exists():
            return path
    except (OSError, ValueError):
        return path  # the reader says what is wrong with such a name
    known = shipped_scenarios()
    near = nearest(str(path), list(known))
    if str(path) not in known and near and not path.suffix:
        raise ScenarioError(f"no such file, and no scenario of this name comes along{near}", file=path)
    return known.get(str(path), path)
