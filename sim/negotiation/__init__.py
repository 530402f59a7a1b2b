"""How they get there: protocols, strategies, private information, ratification (Mesa)."""
