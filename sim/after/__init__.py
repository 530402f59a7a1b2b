"""What comes after signing: war, power, guarantees, ratification and hazard, in one frozen table, `Terms`."""
