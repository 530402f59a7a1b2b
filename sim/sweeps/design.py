"""From factors to points, and from points to runs.

A *point* is one setting of all factors. Each point is run under every *scenario* (the policies
compared), in every *world* and every *replication*; with P points, S scenarios, W worlds and R
replications, run number

    run = ((point · S + scenario) · W + world) · R + replication.

A world is keyed by (root seed, world) and neither by the point nor by the scenario: all points and policies meet the
same worlds (*common random numbers*), so that a difference between them is theirs. *Luck* is what chance adds in a
world. Where two or more worlds are drawn it is keyed by (root seed, world, replication), common as well. Where none or
one is, that would be one draw of luck for all points, and every figure would rest on it: there it is keyed by the draw
of the design too (the point, Sobol's base point, Morris's trajectory), and still common to the scenarios compared.

Methods: ``grid`` (all combinations), ``latin-hypercube``, ``sobol`` (Saltelli's scheme for variance
shares, in independent scrambles), ``morris`` (trajectories for elementary effects), ``points`` (a
table of your own), ``worlds`` (no factors: only worlds are drawn). The sampled methods that feed a
sensitivity analysis carry a dummy factor that moves nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domain.streams import Purpose, integer_seed
from sim.errors import DesignError, library
from sim.results.manifest import text_hash
from sim.sweeps.factors import DUMMY, Factor, Span, Value, dummy

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["METHODS", "Design", "Numbering", "PlannedRun"]

METHODS = ("grid", "latin-hypercube", "sobol", "morris", "points", "worlds")

#: Above this many points a design is refused: its table alone would fill the memory.
MOST_POINTS = 20_000_000


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run to be made.

    Parameters
    ----------
    run : int
        Its number.
    scenario : str
        Name of the policy.
    point, world, replication : int
        Which point, world and replication, from 0.
    luck : int
        Which draw of chance in that world, from 0: the replication, counted on from point to point where luck
        differs between points.
    seed : int
        Root seed; draws are keyed by it, the world and the luck.
    settings : mapping of str to Value
        What the point sets, by scenario path.
    """

    run: int
    scenario: str
    point: int
    world: int
    replication: int
    luck: int
    seed: int
    settings: Mapping[str, Value]


@dataclass(frozen=True)
class Numbering:
    """How the runs of a design are numbered, and which luck each meets; small enough to be sent with every chunk.

    Parameters
    ----------
    policies : tuple of str
        Names of the scenarios.
    n_worlds, replications, seed : int
        As in the design.
    points_a_draw : int
        Points that one draw of the design gives, which share their luck; 0 where all points share it.
    """

    policies: tuple[str, ...]
    n_worlds: int
    replications: int
    seed: int
    points_a_draw: int

    def point(self, run: int) -> int:
        """Return the point of a run."""
        return run // (len(self.policies) * self.n_worlds * self.replications)

    def planned(self, run: int, settings: Callable[[int], Mapping[str, Value]]) -> PlannedRun:
        """Return one run; `settings` says what a point sets."""
        rest, replication = divmod(run, self.replications)
        rest, world = divmod(rest, self.n_worlds)
        point, scenario = divmod(rest, len(self.policies))
        draw = point // self.points_a_draw if self.points_a_draw else 0
        luck = draw * self.replications + replication
        return PlannedRun(run, self.policies[scenario], point, world, replication, luck, self.seed, settings(point))


@dataclass(frozen=True)
class Design:
    """What to run.

    Parameters
    ----------
    scenario : object, optional
        The scenario swept, as read or as a path. Not needed for a plain callable.
    factors : sequence of Factor
        What varies; none for ``worlds``.
    scenarios : mapping of str to object, optional
        Several scenarios as policies, by name, in place of `scenario`.
    method : str
        One of `METHODS`; by default ``grid`` where there are factors and ``worlds`` where there are none.
    samples : int
        Latin hypercube: points. Sobol: base points per scramble, a power of 2. Morris: trajectories.
    scrambles : int
        Sobol: independent scrambles; the intervals come from them where there are 4 or more.
    levels : int
        Morris: levels of each factor, even.
    worlds : int
        Worlds drawn per point; 0 keeps every number not swept at its central value.
    replications : int
        Runs per world.
    seed : int
        Root seed.
    depth : str
        ``simulate`` (negotiation and aftermath) or ``exact`` (stability of all agreements).
    points : sequence of mapping, optional
        For ``points``: one mapping from factor name to value per point.
    chunk : int
        Runs per chunk; 0 chooses.
    name, question : str
        What it is called, and what it asks.
    options : mapping
        Further settings handed to the task.

    Raises
    ------
    DesignError
        Where it cannot be carried out as written.

    Examples
    --------
    >>> from sim.sweeps.factors import listed, ranged
    >>> d = Design(factors=[ranged("x", 0, 1, steps=3), listed("s", ["a", "b"])], replications=10)
    >>> d.n_points, d.n_runs, d.case(59).settings
    (6, 60, {'x': 1.0, 's': 'b'})
    """

    scenario: Any = None
    factors: Sequence[Factor] = ()
    scenarios: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    samples: int = 0
    scrambles: int = 1
    levels: int = 4
    worlds: int = 0
    replications: int = 1
    seed: int = 0
    depth: str = "simulate"
    points: Sequence[Mapping[str, Value]] = ()
    chunk: int = 0
    name: str = "sweep"
    question: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(self.factors))
        if not self.method:
            object.__setattr__(self, "method", "grid" if self.factors else "worlds")
        self._check()
        if self.method in {"sobol", "morris"} and all(f.name != DUMMY for f in self.factors):
            object.__setattr__(self, "factors", (*self.factors, dummy()))

    def _check(self) -> None:
        if self.method not in METHODS:
            from sim.errors import nearest

            raise DesignError(f"method: unknown {self.method!r}{nearest(self.method, METHODS)}")
        if self.scenario is not None and self.scenarios:
            raise DesignError("give scenario or scenarios, not both")
        if self.depth not in {"simulate", "exact"}:
            raise DesignError(f"depth: unknown {self.depth!r}; valid: simulate, exact")
        for key, least in (("worlds", 0), ("replications", 1), ("seed", 0), ("scrambles", 1), ("chunk", 0)):
            if getattr(self, key) < least:
                raise DesignError(f"{key}: {getattr(self, key)} is below {least}")
        if (self.method == "worlds") != (not self.factors):
            raise DesignError(
                f"method {self.method}: " + ("takes no factors" if self.factors else "needs factors: name what varies")
            )
        owner: dict[str, str] = {}
        for factor in self.factors:
            for path in factor.paths:
                if path in owner:
                    raise DesignError(f"{path} is set by two factors, {owner[path]} and {factor.name}; keep one")
                owner[path] = factor.name
        if len({f.name for f in self.factors}) < len(self.factors):
            raise DesignError("two factors have one name; rename one")
        if self.method == "points" and not self.points:
            raise DesignError("method points: needs points, a CSV with a column per factor")
        if self.method in {"latin-hypercube", "sobol", "morris"} and self.samples < 1:
            raise DesignError(f"method {self.method}: samples: {self.samples}, but it needs 1 or more")
        if self.method == "sobol" and self.samples & (self.samples - 1):
            below = 1 << (self.samples.bit_length() - 1)
            raise DesignError(
                f"method sobol: samples: {self.samples} is not a power of 2, and only those are balanced; "
                f"use {below} or {2 * below}"
            )
        if self.method == "morris" and (self.levels < 2 or self.levels % 2):
            raise DesignError(f"method morris: levels: {self.levels}, but it needs an even number")

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups factors are analysed in, in the order of factors."""
        return tuple(dict.fromkeys(f.in_group for f in self.factors))

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the scenarios compared."""
        if self.scenarios:
            return tuple(self.scenarios)
        return (str(getattr(self.scenario, "name", "") or self.name),)

    @property
    def n_worlds(self) -> int:
        """Worlds per point and scenario; 1 where everything not swept is central."""
        return max(1, self.worlds)

    @property
    def n_points(self) -> int:
        """Points of the design."""
        if self.method == "grid":
            return math.prod(len(f.grid()) for f in self.factors)
        if self.method == "points":
            return len(self.points)
        if self.method == "latin-hypercube":
            return self.samples
        if self.method == "sobol":
            return self.scrambles * self.samples * (len(self.groups) + 2)
        if self.method == "morris":
            return self.samples * (len(self.groups) + 1)
        return 1

    @property
    def n_runs(self) -> int:
        """Runs of the design."""
        return self.n_points * len(self.policies) * self.n_worlds * self.replications

    @property
    def chunk_size(self) -> int:
        """Runs per chunk: the same on any number of workers, because files are promised byte by byte."""
        if self.chunk:
            return self.chunk
        if self.depth == "exact" or self.n_runs <= 800:
            return max(1, min(100, self.n_runs // 8 if self.depth == "simulate" else self.n_runs // 40))
        return min(10_000, max(100, self.n_runs // 40))

    def refuse_too_many(self) -> None:
        """Refuse a design whose table alone would fill the memory.

        Raises
        ------
        DesignError
        """
        if self.n_points > MOST_POINTS:
            raise DesignError(f"{self.n_points:,} points; a design of more than {MOST_POINTS:,} is refused")

    @cached_property
    def unit(self) -> NDArray[np.float64]:
        """Points in the unit cube, shape (n_points, n_factors); NaN where a method has no cube."""
        self.refuse_too_many()
        cube = _CUBES.get(self.method)
        return cube(self) if cube else np.full((self.n_points, len(self.factors)), np.nan)

    def settings(self, point: int) -> dict[str, Value]:
        """Return what a point sets, by scenario path."""
        found: dict[str, Value] = {}
        for factor, values in zip(self.factors, self._values(point), strict=True):
            found.update(zip(factor.paths, values, strict=True))
        return found

    @cached_property
    def _grid(self) -> list[list[tuple[Value, ...]]]:
        return [f.grid() for f in self.factors]

    def _values(self, point: int) -> list[tuple[Value, ...]]:
        if self.method == "grid":
            places = np.unravel_index(point, [len(values) for values in self._grid])
            return [values[place] for values, place in zip(self._grid, places, strict=True)]
        if self.method == "points":
            row = self.points[point]
            return [(row[f.name],) if f.paths else () for f in self.factors]
        return [f.at(float(u)) for f, u in zip(self.factors, self.unit[point], strict=True)]

    @property
    def points_a_draw(self) -> int:
        """Points that one draw of the design gives: points of one base point or trajectory share coordinates."""
        return {"sobol": len(self.groups) + 2, "morris": len(self.groups) + 1}.get(self.method, 1)

    @cached_property
    def numbering(self) -> Numbering:
        """How its runs are numbered, and which luck each meets."""
        apart = self.points_a_draw if self.worlds < 2 else 0
        return Numbering(self.policies, self.n_worlds, self.replications, self.seed, apart)

    def case(self, run: int) -> PlannedRun:
        """Return one run."""
        return self.numbering.planned(run, self.settings)

    def to_frame(self) -> pd.DataFrame:
        """Return the design table: one row per point, one column per factor.

        Returns
        -------
        pandas.DataFrame
            Column ``point``, then each factor's value; for numbers moved over different ranges, their quantile.
        """
        import pandas as pd

        columns: dict[str, Any] = {"point": np.arange(self.n_points, dtype=np.int32)}
        if self.method in {"grid", "points"}:
            rows = [self._values(p) for p in range(self.n_points)]
            for place, factor in enumerate(self.factors):
                apart = factor.moves_apart
                columns[factor.name] = [self._quantile(factor, row[place]) if apart else row[place][0] for row in rows]
        else:
            for factor, u in zip(self.factors, self.unit.T, strict=True):
                columns[factor.name] = [factor.shown(float(place)) for place in u]
        for factor in self.factors:
            if factor.is_number and factor.paths:
                columns[factor.name] = np.asarray(columns[factor.name], dtype=np.float64)
            elif factor.paths:
                columns[factor.name] = [str(value) for value in columns[factor.name]]
        return pd.DataFrame(columns)

    def _quantile(self, factor: Factor, values: tuple[Value, ...]) -> float:
        steps = factor.grid()
        return steps.index(values) / max(1, len(steps) - 1)

    def arrow_table(self) -> pa.Table:
        """Return the design table with explicit types and no metadata, for ``design.parquet``."""
        import pyarrow as pa

        return pa.Table.from_pandas(self.to_frame(), preserve_index=False).replace_schema_metadata(None)

    def text(self) -> str:
        """Return everything that decides the points and runs, as canonical JSON."""
        record = {
            "name": self.name,
            "method": self.method,
            "factors": [_record(f) for f in self.factors],
            "policies": list(self.policies),
            "samples": self.samples,
            "scrambles": self.scrambles,
            "levels": self.levels,
            "worlds": self.worlds,
            "replications": self.replications,
            "seed": self.seed,
            "depth": self.depth,
            "options": dict(self.options),
            "points": [dict(p) for p in self.points],
        }
        return json.dumps(record, indent=1, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Design:
        """Return the design that a text from `text` describes, without its scenarios.

        Examples
        --------
        >>> from sim.sweeps.factors import ranged
        >>> design = Design(factors=[ranged("x", 0, 1)], method="sobol", samples=4)
        >>> Design.from_text(design.text()).hash == design.hash
        True
        """
        record = json.loads(text)
        policies = record.pop("policies")
        factors = [
            Factor(
                f["name"],
                tuple(f["paths"]),
                tuple(Span(*span) for span in f["spans"]),
                tuple(tuple(level) for level in f["levels"]),
                f["steps"],
                f["group"],
            )
            for f in record.pop("factors")
        ]
        return cls(factors=factors, scenarios=dict.fromkeys(policies), **record)

    @property
    def hash(self) -> str:
        """SHA-256 of `text`."""
        return text_hash(self.text())

    def with_changes(self, **changes: Any) -> Design:
        """Return the same design with some entries replaced, such as ``worlds`` or ``seed``."""
        return replace(self, **changes)


def _record(factor: Factor) -> dict[str, Any]:
    return {
        "name": factor.name,
        "paths": list(factor.paths),
        "spans": [[s.low, s.high, s.mode, s.dist, s.mirrored] for s in factor.spans],
        "levels": [list(level) for level in factor.levels],
        "steps": factor.steps,
        "group": factor.group,
    }


def _latin_hypercube(design: Design) -> NDArray[np.float64]:
    from scipy.stats import qmc

    seed = integer_seed(design.seed, Purpose.DESIGN)
    cube: NDArray[np.float64] = qmc.LatinHypercube(len(design.factors), rng=np.random.default_rng(seed)).random(
        design.samples
    )
    return cube


def _problem(design: Design) -> dict[str, Any]:
    names = [f.name for f in design.factors]
    return {
        "num_vars": len(names),
        "names": names,
        "groups": [f.in_group for f in design.factors],
        "bounds": [[0.0, 1.0]] * len(names),
    }


def _sobol(design: Design) -> NDArray[np.float64]:
    """Saltelli's scheme: per base point a row of A, one of A with each group from B, and one of B."""
    from scipy.stats import qmc

    n, d = design.samples, len(design.factors)
    member = np.array([design.groups.index(f.in_group) for f in design.factors])
    blocks = []
    for scramble in range(design.scrambles):
        seed = integer_seed(design.seed, Purpose.DESIGN, scramble)
        base = qmc.Sobol(2 * d, scramble=True, rng=np.random.default_rng(seed)).random(n)
        a, b = base[:, :d], base[:, d:]
        mixed = [np.where(member == g, b, a) for g in range(len(design.groups))]
        blocks.append(np.stack([a, *mixed, b], axis=1).reshape(-1, d))
    return np.concatenate(blocks)


def _morris(design: Design) -> NDArray[np.float64]:
    morris = library("SALib.sample.morris", "analysis", "A Morris design")

    seed = integer_seed(design.seed, Purpose.DESIGN)
    cube: NDArray[np.float64] = morris.sample(
        _problem(design), design.samples, num_levels=design.levels, seed=seed or 1
    )
    return cube


_CUBES = {"latin-hypercube": _latin_hypercube, "sobol": _sobol, "morris": _morris}
