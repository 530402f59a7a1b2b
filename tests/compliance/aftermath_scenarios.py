"""Small scenarios for the time after signing, in which each part can be switched on by itself."""

from __future__ import annotations

from typing import Any

import sim
from sim.after.terms import Terms
from sim.domain.scenario import Scenario

TEXT = """
schema: 1
name: two-sides
title: Two sides and two guarantors
as_of: "2025"
issues:
  line: {title: Line, options: {hold: Held, yield: Yielded}}
  pact: {title: Pact, options: {none: None, pact: A pact}}
parties:
  bear:
    title: Bear
    salience: {line: 1, pact: 0}
    utility: {line: {hold: 0.5, yield: 0.8}, pact: {none: 1, pact: 0}}
    no_deal: {reservation: 0.4}
    discount_rate: 0.1
    after: {respite: 0.2, response: {violator_always: -0.5}}
  fox:
    title: Fox
    salience: {line: 1, pact: 0}
    utility: {line: {hold: 0.7, yield: 0.4}, pact: {none: 0, pact: 1}}
    no_deal: {reservation: 0.3}
    discount_rate: 0.1
    after: {response: {victim_always: 0.1, violator_always: -0.2}}
  ally:
    title: Ally
    salience: {line: 1, pact: 1}
    utility: {line: {hold: 0.7, yield: 0.4}, pact: {none: 0, pact: 1}}
    no_deal: {reservation: 0.3}
    guarantor:
      stake: 0.4
      cost:
        line:
          hold: {value: 0.5, low: 0, high: 1, dist: uniform}
          yield: {value: 0.5, low: 0, high: 1, dist: uniform}
      capability: {line: {hold: 0.6, yield: 0.6}}
      penalty: {pact: {pact: 0.2}}
  friend:
    title: Friend
    salience: {line: 1, pact: 1}
    utility: {line: {hold: 0.7, yield: 0.4}, pact: {none: 0, pact: 1}}
    no_deal: {reservation: 0.3}
    guarantor:
      stake: 0.3
      cost: {line: {hold: {value: 0.3, low: 0, high: 0.9}, yield: {value: 0.3, low: 0, high: 0.9}}}
      capability: {line: {hold: 0.5, yield: 0.5}}
      penalty: {pact: {pact: 0.1}}
negotiation: {protocol: single_text, deadline: 10}
compliance:
  months: 120
  violators: [bear, fox]
  protected: [fox]
  structure: plain
  response_lag: {always: 3}
  reliability: {probability: {pact: {none: 0.1, pact: 0.9}}}
  guarantees:
    members: [ally, friend]
    required: {line: {hold: {value: 0.6, low: 0.4, high: 1.1}, yield: {value: 0.6, low: 0.4, high: 1.1}}}
    execution_failure: {line: {hold: 0.1, yield: 0.1}}
  hazard: {baseline: {plain: 0}}
"""


def two_sides(**settings: Any) -> Scenario:
    """The scenario with values set; double underscores stand for dots."""
    return sim.scenario_from_text(TEXT, settings={key.replace("__", "."): value for key, value in settings.items()})


def at(terms: Terms, **options: str) -> int:
    """The index of an agreement given by its options."""
    return terms.space.index_of(options)
