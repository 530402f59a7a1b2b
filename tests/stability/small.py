"""A small scenario with everything the tests of a scenario look at: moves, consent, breaches, roles, guarantors."""

TEXT = """
schema: 1
name: small
title: A small conflict
as_of: "2025"
issues:
  line:
    title: Line
    options: {front: F, zone: Z, ceded: C}
    moves:
      - {id: grab, party: east, from: zone, to: ceded, reversible: false, kind: breach}
      - {id: return, party: west, from: zone, to: front, kind: breach}
      - {id: joint, parties: [east, west], from: front, to: zone}
  watch:
    title: Watch
    options: {none: N, some: S}
    moves:
      - {id: off, party: east, from: some, to: none, kind: lawful}
      - {id: on, parties: [west, power], from: none, to: some, when: {line: [front, zone]}}
  aid:
    title: Aid
    options: {low: L, high: H}
    moves:
      - {id: cut, party: power, from: high, to: low}
      - {id: give, party: power, from: low, to: high}
constraints:
  - {id: C1, when: {line: ceded}, forbid: {watch: some}, scope: signing}
  - {id: C2, when: {line: zone}, forbid: {aid: low, watch: none}}
parties:
  west:
    title: West
    salience: {line: {value: 1, low: 0.5, high: 2}, watch: 0.5, aid: 1}
    utility:
      line: {front: 1, zone: {value: 0.5, low: 0.2, high: 0.9}, ceded: 0}
      watch: {none: 0, some: 1}
      aid: {low: 0, high: 1}
    no_deal: {reservation: {value: 0.35, low: 0, high: 0.8}}
    after: {shift: {line: {zone: -0.05}}, fait_accompli_per_month: 0.01, response: {victim_always: 0.1}}
    ratification: {always: 0.7}
  east:
    title: East
    salience: {line: 1, watch: 0.5, aid: {value: 0.5, low: 0.1, high: 1}}
    utility:
      line: {front: 0, zone: {value: 0.5, low: 0.2, high: 0.9}, ceded: 1}
      watch: {none: 1, some: 0}
      aid: {low: 1, high: 0}
    no_deal: {reservation: {value: 0.3, low: 0, high: 0.8, status: judgement, source: study}}
    red_lines: [{issue: aid, options: [high], kind: declared, p_real: 0.5}]
    after:
      fait_accompli_per_month: 0.02
      respite: 0.05
      response: {violator_always: {value: -0.4, low: -0.6, high: -0.1, status: evidence, source: study}}
  power:
    title: Power
    salience: {line: 0.2, watch: 0.4, aid: 1}
    utility:
      line: {front: 0.6, zone: 1, ceded: 0}
      watch: {none: 0.4, some: 1}
      aid: {low: 1, high: {value: 0.3, low: 0, high: 1}}
    no_deal: {reservation: {value: 0.3, low: 0, high: 0.5}}
    guarantor:
      stake: 0.5
      cost: {aid: {low: {value: 0.5, low: 0, high: 1}, high: {value: 0.3, low: 0, high: 0.6}}}
      capability: {aid: {low: 0.5, high: 1}}
sources: {study: {title: A study, kind: paper}}
negotiation: {protocol: shuttle}
compliance:
  violators: [west, east]
  protected: [west]
  response_lag: {months: {watch: {none: 4, some: 1}}}
  reliability: {probability: {aid: {low: 0.3, high: 0.7}}}
  guarantees: {members: [power], required: {aid: {low: 0.4, high: 0.6}}}
  power_shift:
    {rising: east, declining: west, probability: 0.5, change_by: {line: {zone: 0.1, ceded: 0.3}}, destroyed: 0.1}
stability:
  require: [acceptable, unilaterally_stable.seq, self_enforcing]
"""
