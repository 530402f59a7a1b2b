"""A small scenario whose exact sweeps can be checked by hand."""

SMALL = """
schema: 1
name: small
title: A small war
as_of: "2025-01"
issues:
  land:
    title: Land
    options: {line: The line stays, swap: A swap}
  troops:
    title: Troops
    options: {none: None, some: Some}
parties:
  north:
    title: North
    salience: {land: 2, troops: 1}
    utility:
      land: {line: {value: 0.6, low: 0.2, high: 1.0}, swap: {value: 0.5, low: 0.4, high: 0.6}}
      troops: {none: 0.2, some: 0.9}
    no_deal: {reservation: {value: 0.5, low: 0.3, high: 0.7}}
  south:
    title: South
    salience: {land: 1, troops: 1}
    utility:
      land: {line: 0.7, swap: {value: 0.4, low: 0.2, high: 0.8}}
      troops: {none: 0.8, some: {value: 0.3, low: 0.1, high: 0.6}}
    red_lines: [{issue: troops, options: [some], kind: declared, p_real: 0.5}]
    no_deal: {reservation: {value: 0.45, low: 0.3, high: 0.6}}
negotiation: {protocol: alternating_offers, deadline: 10}
stability: {require: [acceptable, coalition_proof]}
"""
