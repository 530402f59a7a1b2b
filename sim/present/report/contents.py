"""What a report says, section by section, before it has a form.

A section holds blocks (paragraphs, lists and tables, as commands print them), drawings, and numbers that open their
range, status and source.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from sim.after.front_runners import front_runners
from sim.agreements.openings import opening_changes
from sim.agreements.zone import Zone
from sim.baselines.forecasts import baselines_of
from sim.domain.provenance import Given, given_numbers, status_shares
from sim.errors import SimError
from sim.present.baselines import print_baselines
from sim.present.console import console, recorded
from sim.present.figures.catalogue import FIGURES, Material, draw, swept_reservation
from sim.present.figures.frame import Chart
from sim.present.outcomes import print_summary
from sim.present.sheets import Block
from sim.present.stability import print_front_runners
from sim.present.sweeps import point_rows, print_analysis, print_points
from sim.present.words import counted, whole_percent
from sim.present.zone import print_changes, print_nearest, zone_sentences
from sim.results.summary import Summary
from sim.stability.farsighted import ConsistentSet

__all__ = ["Drawing", "Report", "Section", "report_of"]

#: Worlds in which baselines are held, and aftermaths of each agreement.
_FEW = 50


@dataclass(frozen=True)
class Drawing:
    """A figure, with what it shows in words and how to get it again.

    Attributes
    ----------
    name, shows : str
        As in the catalogue of figures.
    chart : altair chart
    trace : str
        The command that draws it, and the query that its numbers answer where they come from a result.
    """

    name: str
    shows: str
    chart: Chart = field(repr=False)
    trace: str


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes
    ----------
    title : str
    parts : tuple of Block, Drawing or Given
    """

    title: str
    parts: tuple[Block | Drawing | Given, ...]

    @property
    def key(self) -> str:
        """A name for links."""
        return "".join(sign if sign.isalnum() else "-" for sign in self.title.lower()).strip("-")


@dataclass(frozen=True)
class Report:
    """A report without its form.

    Attributes
    ----------
    title, subtitle : str
    sections : tuple of Section
    material : Material
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    material: Material = field(repr=False)


def _shown(tell: Callable[[], None]) -> list[Block]:
    with recorded() as blocks:
        tell()
    return list(blocks)


def report_of(given: Material, source: str) -> Report:
    """Work out a report.

    Parameters
    ----------
    given : Material
        A scenario or a result; analyses are told where it holds them.
    source : str
        How the scenario or result is called on the command line.

    Returns
    -------
    Report

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.present.figures.catalogue import swept_reservation, material_of
    >>> path = "scenarios/tutorial-two-by-two/scenario.yaml"
    >>> report = report_of(material_of(Path(path), worlds=10), path)
    >>> [section.title for section in report.sections][:3]
    ['Question and settings', 'The answer', 'How far it gets']
    """
    scenario = given.scenario
    writer = _Writer(given, source)
    sections = [
        Section("Question and settings", tuple(writer.settings())),
        Section("The answer", tuple(writer.answer())),
        Section("How far it gets", tuple(writer.drawings("funnel"))),
        *writer.signed(),
        Section("What would open it", tuple(writer.opens())),
        Section("What would break it", tuple(writer.breaks())),
        Section("How long it would last", tuple(writer.lasts())),
        *writer.decides(),
        Section("What simple forecasts say", tuple(writer.baselines())),
        Section("Assumptions: every number", tuple(writer.numbers())),
        Section("Limits", tuple(writer.limits())),
        Section("How to cite and reproduce", tuple(writer.reproduce())),
    ]
    return Report(scenario.title, f"as of {scenario.as_of}; model result, not a forecast", tuple(sections), given)


class _Writer:
    def __init__(self, given: Material, source: str) -> None:
        self.given = given
        self.scenario = given.scenario
        self.source = source
        self.summary: Summary | None = None
        table = given.table
        if table is not None and {"agreed", "zone", "ratified", "last_refuser"} <= set(table.columns):
            self.summary = Summary.of(table, self.scenario)

    # --- what was asked ----------------------------------------------------------------------------------------

    def settings(self) -> Iterator[Block]:
        scenario, manifest = self.scenario, self.given.manifest
        if scenario.question:
            yield Block(scenario.question)
        if scenario.description:
            yield Block(scenario.description)
        n_agreements = self.given.payoffs.space.n_agreements
        protocol = scenario.negotiation.protocol.replace("_", " ")
        items = [
            f"Scenario {scenario.name}, {scenario.hash[:12]}, as of {scenario.as_of}.",
            f"{len(scenario.parties)} parties, {counted(len(scenario.issues), 'issues')}, "
            f"{counted(n_agreements, 'agreements')} that can exist.",
            f"Protocol {protocol}, deadline after {scenario.negotiation.deadline} weeks.",
        ]
        if manifest is not None and self.given.table is not None:
            items.append(
                f"Result: {self.given.drawn()}."
                + (
                    f" Question: {manifest.question}"
                    if manifest.question and manifest.question != scenario.question
                    else ""
                )
            )
            set_ = manifest.settings.get("set") or []
            if set_:
                items.append(f"Set over the file: {', '.join(map(str, set_))}.")
        else:
            items.append(
                f"No result: figures over worlds draw {counted(self.given.worlds, 'worlds')}, seed {self.given.seed}."
            )
        yield Block(items=tuple(items))

    def answer(self) -> Iterator[Block]:
        if self.summary is not None:
            found = self.summary
            yield Block(
                items=(
                    f"In {_band(found.zone)} of worlds some agreement is acceptable to all who must sign.",
                    f"In {_band(found.agreed)} of runs an agreement is signed.",
                    *(
                        [f"Of the texts signed {_band(found.ratified)} are ratified everywhere."]
                        if found.agreements
                        else []
                    ),
                )
            )
            yield Block(
                "Brackets: 95 % intervals. Shares follow from the ranges of the numbers; they are no chances of events."
            )
        yield Block("At central values:")
        yield Block(items=tuple(zone_sentences(self.given.payoffs, Zone.of(self.given.payoffs))))

    def signed(self) -> list[Section]:
        table, manifest = self.given.table, self.given.manifest
        if self.summary is None or table is None or manifest is None:
            return []
        factors = [name for name in map(str, table.columns) if name.startswith("parties.")]
        if manifest.kind == "sweep":
            blocks = _shown(
                lambda: print_points(
                    point_rows(table, factors), factors, manifest.question or manifest.name, self.scenario
                )
            )
            return [Section("Point by point", tuple(blocks))]
        summary = self.summary
        blocks = _shown(lambda: print_summary(summary, self.scenario, ""))
        return [Section("What was signed, and who refused", tuple(_whole(blocks[2:])))]

    # --- figures and tables ------------------------------------------------------------------------------------

    def drawings(self, *names: str) -> Iterator[Block | Drawing]:
        for name in names:
            try:
                chart = draw(name, self.given)
            except SimError as fault:
                yield Block(f"Figure {name} cannot be drawn: {fault}.")
                continue
            yield Drawing(name, FIGURES[name].shows, chart, self.trace(name))

    def trace(self, name: str) -> str:
        words = ["parley", "plot", self.source, name, "--out", f"{name}.svg"]
        if self.given.manifest is None:
            words += ["--seed", str(self.given.seed)] if self.given.seed else []
        words += ["--worlds", str(self.given.worlds)]
        found = shlex.join(words)
        if self.given.manifest is None:
            return found
        select = _QUERIES.get(name, "")
        if name == "what-opens" and (swept := swept_reservation(self.given)):
            select = f'select "{swept}", avg((zone > 0)::int) share from runs where {_FINE} group by 1 order by 1'
        if name == "what-decides":
            outcome = str(self.given.analyses[0]["outcome"])
            return found + "\n" + shlex.join(["parley", "analyse", self.source, "--outcome", outcome])
        if select:
            return found + "\n" + shlex.join(["parley", "query", self.source, select])
        if name == "by-option" and self.given.manifest.settings.get("depth") == "exact":
            return found + "\n# from the least margins that the result keeps for each world"
        return found + "\n# from the scenario that manifest.json of the result keeps, not from its rows"

    def opens(self) -> Iterator[Block | Drawing]:
        yield from self.drawings("what-opens")
        payoffs = self.given.payoffs
        changes = opening_changes(payoffs)
        if changes:
            title = "Single changes that would open the zone, smallest first"
            yield from _shown(lambda: print_changes(console(), payoffs, changes, title))
        yield from self.drawings("who-blocks", "margins")
        yield from _shown(lambda: print_nearest(console(), payoffs))
        yield from self.drawings("landscape", "by-option")

    def breaks(self) -> Iterator[Block | Drawing]:
        yield from self.drawings("tests")
        found = self.given.assessment
        # Foresight takes longer than all the rest of a report.
        foresight = ConsistentSet(None, (), "parley stability works it out")
        blocks = _shown(lambda: print_front_runners(found, self.given.told, foresight))
        yield from _whole(blocks[1:])

    def lasts(self) -> Iterator[Block | Drawing]:
        few = self.given
        if (
            self.given.table is None
            or "aftermath.months" not in self.given.table
            or not self.given.table["aftermath.months"].notna().any()
        ):
            # Of a result in which nothing was signed the front-runners are followed instead.
            few = Material(
                self.scenario, worlds=min(self.given.worlds, _FEW), seed=self.given.seed, count=min(self.given.count, 3)
            )
        chart = draw("survival", few)
        yield Drawing("survival", FIGURES["survival"].shows, chart, self.trace("survival"))
        yield Block(f"Structure {self.scenario.compliance.structure}; parley aftermath shows its rivals.")

    def decides(self) -> list[Section]:
        parts: list[Block | Drawing] = []
        for content in self.given.analyses:
            draws = content["counted"]["draws"]
            words = f"estimated from {content['convergence']['draws']:,} {draws}"
            parts += _whole(_shown(lambda content=content, words=words: print_analysis(content, words, self.scenario)))  # type: ignore[misc]
        if not parts:
            return []
        return [Section("What decides", (*self.drawings("what-decides"), *parts))]

    def baselines(self) -> Iterator[Block]:
        shortlist = front_runners(self.given.payoffs, 3).tolist()
        found = baselines_of(self.scenario, shortlist, worlds=_FEW, seed=self.given.seed)
        yield from _whole(_shown(lambda: print_baselines(found))[1:])

    # --- what it rests on --------------------------------------------------------------------------------------

    def numbers(self) -> Iterator[Block | Given | Drawing]:
        numbers = given_numbers(self.scenario)
        shares = ", ".join(f"{whole_percent(share)} {status}" for status, share in status_shares(numbers).items())
        yield Block(f"{counted(len(numbers), 'numbers')}: {shares}. Ranges, not values, are the claim.")
        yield from self.drawings("stances")
        yield from numbers

    def limits(self) -> Iterator[Block]:
        yield Block(
            items=(
                "A model result, not a forecast; it takes no side. Shares follow from mostly judged ranges.",
                "Margins and utilities are on each party's own scale and are never compared across parties.",
                "Nobody has tested models of this kind on talks to end a war.",
                "Which patterns known from outside the model shows, and which it misses: parley patterns.",
            )
        )
        notes = [f"{note.id}: {note.text}" for note in self.scenario.notes]
        if notes:
            yield Block("Remarks of the scenario:")
            yield Block(items=tuple(notes))

    def reproduce(self) -> Iterator[Block]:
        manifest = self.given.manifest
        version, scenario = metadata.version("parley-sim"), self.scenario
        again = shlex.join(["parley", "report", self.source, "--out", "report.html"])
        yield Block(
            items=(
                f"Cite: The Parley developers, Parley {version}; scenario {scenario.name}, {scenario.hash}.",
                f"This report: {again}",
            )
        )
        if manifest is not None:
            made = [
                "parley",
                manifest.kind,
                f"{scenario.name}/scenario.yaml" if manifest.kind == "run" else "DESIGN.yaml",
            ]
            made += ["--seed", str(manifest.seed)]
            made += ["--central"] if manifest.settings.get("central") else []
            made += [part for text in manifest.settings.get("set") or [] for part in ("--set", str(text))]
            versions = ", ".join(f"{name} {there}" for name, there in manifest.versions.items())
            kept = f"its manifest.json keeps the scenario as it was; {counted(manifest.n_runs, 'runs')}"
            yield Block(items=(f"The result: {shlex.join(made)} ({kept}).", f"Made with {versions}."))
        yield Block("Below each figure: the command that draws it and, for a result, a query that gives its numbers.")


#: Queries that give the numbers of a figure drawn from a result.
_FINE = "coalesce(error, '') = ''"
_QUERIES = {
    "funnel": "select count(*) runs, sum((zone > 0)::int) something_to_sign, sum(agreed::int) signed, "
    f"sum((agreed and ratified)::int) ratified from runs where {_FINE}",
    "survival": 'select "aftermath.months", "aftermath.ended" from runs where agreed',
}


def _band(share: Any) -> str:
    from sim.present.outcomes import share_in_words

    return share_in_words(share)


def _whole(blocks: Sequence[Block]) -> list[Block]:
    """Leave out paragraphs that hold nothing, which only part lines on a terminal."""
    return [block for block in blocks if block.table is not None or block.items or block.text.strip()]
