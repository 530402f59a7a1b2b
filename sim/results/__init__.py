"""Tables with declared columns, folders that describe themselves, and comparisons."""
