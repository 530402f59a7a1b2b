"""The live page: one file that recomputes a scenario in a reader's browser and proves that it does."""
