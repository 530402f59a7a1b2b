"""All figures by name, and what each is drawn from.

`Material` holds a scenario, or a result with the scenario it keeps, and works out what figures need, once. What
decides an outcome is an analysis of a sweep, and a comparison is of two results: the caller hands these over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.after.front_runners import front_runners
from sim.agreements.payoffs import Payoffs
from sim.agreements.zone import Zone
from sim.domain.reader import read_scenario
from sim.domain.scenario import Scenario
from sim.domain.shipped import shipped_scenario
from sim.domain.titles import path_in_words
from sim.errors import ModelError, ResultError, nearest
from sim.present.figures.durability import survival_figure, survival_rows
from sim.present.figures.frame import Caption, Chart
from sim.present.figures.influence import compared, what_decides
from sim.present.figures.stance import stances
from sim.present.figures.verdicts import agreement_stages, funnel, matrix, run_stages
from sim.present.figures.zone import (
    best_by_option,
    landscape,
    letter_lines,
    margins,
    what_opens,
    what_opens_rows,
    who_blocks,
)
from sim.present.words import counted
from sim.results.comparison import Comparison
from sim.results.intervals import share_of_rows
from sim.results.kept import recorded_scenarios
from sim.results.keys import failed_runs
from sim.results.manifest import Manifest
from sim.results.store import load
from sim.results.zones import Zones, kept_by_option, zones_over_worlds

if TYPE_CHECKING:
    import pandas as pd

    from sim.stability.assess import Assessment
    from sim.stability.explain import Explanation

__all__ = ["FIGURES", "Figure", "Material", "draw", "material_of", "swept_reservation"]

_BAND = "band: 95 % interval (Wilson), darker 50 %"


@dataclass
class Material:
    """What figures are drawn from.

    Attributes
    ----------
    scenario : Scenario
    table : pandas.DataFrame, optional
        The runs of a result.
    manifest : Manifest, optional
        How the result was made.
    folder : Path, optional
        Where the result is.
    worlds, seed : int
        Worlds drawn for figures over worlds, and aftermaths of each agreement; of a result its own seed.
    count : int
        Agreements shown side by side.
    party, other, issue : str
        Whom or what a figure is about; chosen by rule where empty.
    analyses : sequence of mapping
        Of the result, from ``parley analyse --json``.
    comparison : Comparison, optional
        Of two results.
    """

    scenario: Scenario
    table: pd.DataFrame | None = None
    manifest: Manifest | None = None
    folder: Path | None = None
    worlds: int = 200
    seed: int = 0
    count: int = 4
    party: str = ""
    other: str = ""
    issue: str = ""
    analyses: Sequence[Mapping[str, Any]] = ()
    comparison: Comparison | None = field(default=None, repr=False)

    @cached_property
    def payoffs(self) -> Payoffs:
        """Payoffs at central values."""
        return Payoffs.of(self.scenario)

    @cached_property
    def zones(self) -> Zones:
        """The zone of agreement over worlds."""
        return zones_over_worlds(self.scenario, self.worlds, self.seed)

    @cached_property
    def assessment(self) -> Assessment:
        """All tests of all agreements, at central values."""
        from sim.stability.assess import assess

        return assess(self.scenario)

    @cached_property
    def told(self) -> list[Explanation]:
        """What there is to say on each front-runner."""
        from sim.stability.explain import explain

        return [explain(self.assessment, index) for index in self.assessment.front_runners(self.count)]

    @cached_property
    def pivot(self) -> str:
        """The party asked for; otherwise the one whose no deal opens the zone with the smallest change."""
        if self.party:
            return self._known(self.party)
        zone = Zone.of(self.payoffs)
        if zone.openings:
            return zone.openings[0].party
        return zone.blockers[0].party if zone.blockers else self.payoffs.parties[0]

    @cached_property
    def opposite(self) -> str:
        """The other party asked for; otherwise the one that blocks most after `pivot`."""
        if self.other:
            return self._known(self.other)
        blockers = [blocker.party for blocker in Zone.of(self.payoffs).blockers]
        return next(party for party in (*blockers, *self.payoffs.parties) if party != self.pivot)

    @cached_property
    def subject(self) -> str:
        """The issue asked for; otherwise the one that weighs most for `pivot`."""
        if self.issue:
            if self.issue not in self.scenario.issues:
                raise ModelError(f"no issue {self.issue!r}{nearest(self.issue, list(self.scenario.issues))}")
            return self.issue
        salience = self.scenario.parties[self.pivot].salience
        return max(self.scenario.issues, key=lambda issue: salience[issue].value)

    def _known(self, party: str) -> str:
        self.payoffs.column(party)
        return party

    def drawn(self) -> str:
        """Say how the runs of the result were made."""
        assert self.table is not None and self.manifest is not None
        worlds = len(set(self.table["world"].tolist()))
        central = self.manifest.settings.get("central") or worlds <= 1
        how = "at central values" if central else f"in {counted(worlds, 'worlds')}"
        failed = int(failed_runs(self.table).sum())
        return f"{counted(len(self.table), 'runs')} {how}, seed {self.manifest.seed}" + (
            f", {failed} failed" if failed else ""
        )


def material_of(source: Path, settings: Sequence[str] = (), **given: Any) -> Material:
    """Read a scenario or a result.

    Parameters
    ----------
    source : Path
        A scenario file or folder, or a result folder.
    settings : sequence of str
        As ``--set`` takes them; of a scenario only.
    **given
        As for the attributes of `Material`.

    Returns
    -------
    Material

    Raises
    ------
    ScenarioError, ResultError
        If it cannot be read.

    Examples
    --------
    >>> material_of(Path("scenarios/tutorial-two-by-two/scenario.yaml"), worlds=10).pivot
    'hill'
    """
    if not (source / "manifest.json").is_file():
        return Material(read_scenario(shipped_scenario(source), settings), **given)
    if settings:
        raise ResultError(f"{source}: is a result, made with its own settings: leave --set out, or give the scenario")
    manifest = Manifest.read(source)
    scenarios = recorded_scenarios(manifest)
    if not scenarios:
        raise ResultError(f"{source}: a sweep of a model of one's own keeps no scenario to draw from")
    table = load(source, bits=False)
    name, scenario = next(iter(scenarios.items()))
    if len(scenarios) > 1 and "scenario" in table:
        table = table[table["scenario"] == name].reset_index(drop=True)
    return Material(scenario, table, manifest, source, **{**given, "seed": manifest.seed})


@dataclass(frozen=True)
class Figure:
    """A figure of the catalogue.

    Attributes
    ----------
    shows : str
        What it shows, in a line.
    draw : callable
        From `Material` to a chart.
    """

    shows: str
    draw: Callable[[Material], Chart]


def _opens(given: Material) -> Chart:
    swept = swept_reservation(given)
    path = swept or f"parties.{given.pivot}.no_deal.reservation"
    number = given.scenario.parties[path.split(".")[1]].no_deal.reservation
    ticks = {"low": number.range[0], "value": number.value, "high": number.range[1]}
    name = path_in_words(given.scenario, path)
    if swept and given.table is not None:
        rows = []
        fine = given.table[~failed_runs(given.table)]
        for at, runs in fine.groupby(swept, sort=True):
            yes, worlds = (runs["zone"] > 0).to_numpy(), runs["world"].to_numpy()
            wide, narrow = (share_of_rows(yes, worlds, confidence=level) for level in (0.95, 0.5))
            rows.append(
                {
                    "at": float(str(at)),
                    "share": wide.estimate,
                    "low": wide.low,
                    "high": wide.high,
                    "low50": narrow.low,
                    "high50": narrow.high,
                }
            )
        caption = Caption.of(
            given.scenario, "What opens it?", f"share of worlds with something to sign: {given.drawn()}", _BAND
        )
        return what_opens(rows, name, ticks, caption, steps=True)
    counted_as = (
        f"share of {counted(given.worlds, 'worlds')} with something to sign, all else drawn from its range; seed "
        f"{given.seed}"
    )
    caption = Caption.of(given.scenario, "What opens it?", counted_as, _BAND)
    return what_opens(what_opens_rows(given.zones, given.pivot), name, ticks, caption)


def swept_reservation(given: Material) -> str:
    """Return the one reservation value that a simulated sweep varies, or nothing.

    Parameters
    ----------
    given : Material

    Returns
    -------
    str
        Its path, such as ``parties.hill.no_deal.reservation``.

    Examples
    --------
    >>> swept_reservation(material_of(Path("scenarios/tutorial-two-by-two/scenario.yaml")))
    ''
    """
    if given.table is None or given.party or "zone" not in given.table:
        return ""
    paths = [
        name
        for name in map(str, given.table.columns)
        if name.startswith("parties.") and name.endswith(".no_deal.reservation")
    ]
    return paths[0] if len(paths) == 1 and len(set(given.table[paths[0]].tolist())) > 1 else ""


def _funnel(given: Material) -> Chart:
    if given.table is not None and {"agreed", "zone", "ratified"} <= set(given.table.columns):
        return funnel(run_stages(given.table), given.scenario, given.drawn(), "whisker: 95 % interval, thick: 50 %")
    found = given.assessment
    return funnel(
        agreement_stages(found), given.scenario, f"{counted(found.n_agreements, 'agreements')} at central values"
    )


def _survival(given: Material) -> Chart:
    if given.table is not None and "aftermath.months" in given.table:
        fine = given.table[~failed_runs(given.table)]
        signed = fine[fine["aftermath.months"].notna()]
        if len(signed):
            months = [int(month) for month in signed["aftermath.months"]]
            rows = survival_rows(
                months, signed["aftermath.ended"].astype(bool).tolist(), given.scenario.compliance.months
            )
            label = f"{counted(len(signed), 'agreements')} signed"
            return survival_figure([(label, rows)], given.scenario, f"agreements signed in {given.drawn()}")
        raise ModelError(
            "no run of this result signed anything, so nothing can be said of the months after; plot its scenario"
        )
    from sim.compliance.ranking import live_in_worlds

    chosen = front_runners(given.payoffs, min(given.count, 4)).tolist()
    structure = given.scenario.compliance.structure
    lived = live_in_worlds(given.scenario, chosen, given.seed, given.worlds)[structure]
    curves = [
        (letter, survival_rows([r.months for r in runs], [r.ended for r in runs], min(r.horizon for r in runs)))
        for letter, runs in zip("ABCD", lived, strict=False)
    ]
    lines = letter_lines(given.scenario, [given.payoffs.space.agreement(index) for index in chosen])
    words = f"{counted(given.worlds, 'aftermaths')} of each agreement, a world drawn for each; seed {given.seed}"
    return survival_figure(curves, given.scenario, words, lines)


def _decides(given: Material) -> Chart:
    if not given.analyses:
        raise ModelError("what decides is found in a sweep or in runs: give a result")
    content = given.analyses[0]
    number = content["convergence"]["draws"]
    counted_as = given.drawn() + f"; estimated from {number:,} {content['counted']['draws']}"
    return what_decides(content, given.scenario, counted_as)


def _by_option(given: Material) -> Chart:
    if given.folder is not None and given.manifest is not None and given.manifest.settings.get("depth") == "exact":
        return best_by_option(kept_by_option(given.folder, given.scenario, given.subject))
    return best_by_option(given.zones.by_option(given.subject))


def _compared(given: Material) -> Chart:
    if given.comparison is None:
        raise ModelError("a comparison is of two results: give the other one with --with")
    return compared(given.comparison, given.scenario)


#: Figures by the name that ``parley plot`` takes.
FIGURES: dict[str, Figure] = {
    "who-blocks": Figure(
        "Agreements that each party refuses, by value and by red line.", lambda m: who_blocks(m.payoffs)
    ),
    "what-opens": Figure("Share of worlds with something to sign against one party's value of no deal.", _opens),
    "margins": Figure("What the front-runners are worth to each party.", lambda m: margins(m.payoffs, m.count)),
    "landscape": Figure(
        "All agreements by their worth to two parties.", lambda m: landscape(m.payoffs, m.pivot, m.opposite, m.count)
    ),
    "tests": Figure("Which agreement passes which test, and who decides.", lambda m: matrix(m.assessment, m.told)),
    "funnel": Figure("How many are left, stage by stage.", _funnel),
    "by-option": Figure("The best for the signer that gets least, by option of an issue.", _by_option),
    "survival": Figure("How long agreements stay in force.", _survival),
    "what-decides": Figure("Which numbers decide an outcome of a result.", _decides),
    "compared": Figure("Two results side by side.", _compared),
    "stances": Figure("What each option is worth to each party, with sources.", lambda m: stances(m.scenario)),
}


def draw(name: str, given: Material) -> Chart:
    """Draw a figure of the catalogue.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    given : Material

    Returns
    -------
    altair chart

    Raises
    ------
    ModelError
        If there is no such figure, or the material does not hold what it needs.

    Examples
    --------
    >>> two = material_of(Path("scenarios/tutorial-two-by-two/scenario.yaml"), worlds=10)
    >>> draw("who-blocks", two).to_dict()["title"]["text"]
    ['Who blocks?']
    """
    if name not in FIGURES:
        raise ModelError(f"no figure {name!r}{nearest(name, list(FIGURES))}")
    return FIGURES[name].draw(given)
