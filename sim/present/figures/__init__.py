"""Figures: one function each, from a result or scenario to a chart.

A chart is Altair's, so it can be changed before it is shown; `sim.present.figures.rendering` writes it as SVG,
PNG, HTML or JSON. Altair is loaded when a figure is drawn, so that nothing else needs it.
"""
