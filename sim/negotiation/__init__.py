"""How they get there: delegates, protocols and strategies, as one Mesa model a run."""
