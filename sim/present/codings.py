"""How far rival codings agree, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from sim.domain.scenario import Scenario
from sim.domain.titles import party_title
from sim.present.console import bold, console, print_table
from sim.results.codings import FAR, Codings

__all__ = ["print_codings"]


def print_codings(codings: Mapping[str, Scenario], found: Codings) -> None:
    """Print how far each two codings agree, and which party they read most alike.

    Parameters
    ----------
    codings : mapping of str to Scenario
    found : Codings
        Of the same.

    Examples
    --------
    >>> import sim
    >>> from sim.results.codings import compare_codings
    >>> two = sim.read_scenario("scenarios/tutorial-two-by-two/scenario.yaml")
    >>> rivals = {"own": two, "other": sim.with_settings(two, {"parties.hill.utility.pass.shared": 0.4})}
    >>> print_codings(rivals, compare_codings(rivals))
    own  Two by two
    other  Two by two
    ...
    │ own, other │                    0.990 │           0.025 │          8 of 8 │
    ...
    Read most alike: Vale. Least alike: Hill.
    ...
    """
    from rich.table import Table

    screen = console()
    for name, scenario in codings.items():
        screen.print(f"{bold(name)}  {scenario.title}")
    screen.print()
    pairs = Table("codings")
    for heading in ("correlation of utilities", "mean difference", "same hard lines"):
        pairs.add_column(heading, justify="right")
    for pair in found.pairs:
        pairs.add_row(
            f"{pair.first}, {pair.second}",
            f"{pair.correlation:.3f}",
            f"{pair.mean_difference:.3f}",
            f"{pair.same_hard_lines} of {pair.n_values}",
        )
    print_table(screen, pairs, "How far they agree, at central values")
    screen.print()
    first = next(iter(codings.values()))
    parties = Table("party")
    parties.add_column(f"over {FAR:g} off", justify="right")
    parties.add_column("mean difference", justify="right")
    for name in found.names:
        parties.add_column(f"r, {name}", justify="right")
    for party in found.parties:
        parties.add_row(
            party_title(first, party.party),
            f"{party.far} of {party.n_values}",
            f"{party.mean_difference:.3f}",
            *(f"{value:.2f}" for value in party.reservations),
        )
    print_table(screen, parties, f"How alike they read each party, from {found.names[0]}")
    most, least = found.parties[0], found.parties[-1]
    ranked = f"Read most alike: {party_title(first, most.party)}. Least alike: {party_title(first, least.party)}."
    same = "No party's options are read less alike than another's."
    screen.print(
        f"{ranked if most.mean_difference < least.mean_difference else same}\n"
        "r is the reservation value. Codings that rank options alike can still differ on what is acceptable, which "
        "depends on levels."
    )
