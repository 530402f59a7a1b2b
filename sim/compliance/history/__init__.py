"""Agreements of the past, asked of the same engine: cases, their mapping to options, predictions, scores."""
