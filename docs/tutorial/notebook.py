# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A notebook: from a scenario to a stable agreement
#
# This page is a notebook. Its source, `docs/tutorial/notebook.py`, is plain Python in the percent format: Jupyter
# opens it with [jupytext](https://jupytext.readthedocs.io/), editors run it cell by cell, and Python runs it as
# it is. The results below were computed when this page was built.

# %%
import sim

berlin = sim.read_scenario("scenarios/berlin-2025")
berlin.title, len(berlin.issues), len(berlin.parties)

# %% [markdown]
# ## Who keeps the zone small?
#
# The zone of possible agreement holds the agreements that all who must sign can accept. At central values it is
# empty. The table says how many agreements the others would accept without each party that blocks, and at which
# reservation value the zone would open.

# %%
from sim.agreements.zone import Zone

zone = Zone.of(berlin)
print(len(zone.agreements), "agreements in the zone")
zone.to_frame()[["zone_without", "refuses_by_value", "reservation", "threshold"]].round(3)

# %% [markdown]
# ## Change the scenario
#
# `with_` returns a changed scenario and leaves the first one as it is. Paths are those of `--set`.

# %%
eased = berlin.with_({"parties.russia.no_deal.reservation": 0.5, "fix.guarantee_form": "congress"})
payoffs = sim.Payoffs.of(eased)
table = payoffs.to_frame(payoffs.zone_of_agreement())
shown = table[["donetsk", "dmz", "margin.russia", "margin.ukraine"]]
shown.sort_values("margin.ukraine", ascending=False).head(5).round(3)

# %% [markdown]
# ## Would it be kept?
#
# `assess` tests every agreement. For those in the zone: how many are kept by the parties that could break them
# (`self_enforcing`), and how many pass all tests that the scenario asks for (`stable`)?

# %%
found = sim.assess(eased).to_frame(payoffs.zone_of_agreement(), exits=False)
found[["acceptable", "self_enforcing", "stable"]].sum()

# %% [markdown]
# ## One negotiation
#
# A world is one draw of every number. The same seed gives the same run.

# %%
run = sim.simulate(eased, seed=0, world=3)
run.outcome.agreement, run.outcome.rounds, run.zone_size

# %% [markdown]
# ## Keep it
#
# `save` writes the scenario back with the comments of its file; only what changed is edited.

# %%
import tempfile

file = eased.save(tempfile.mkdtemp())
sim.read_scenario(file).hash == eased.hash
