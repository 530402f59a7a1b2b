"""Sweeps: designs, the runner that loses nothing, and what drives an outcome; ``sim.sweep`` carries a design out."""
