"""What holds for every test and example: the output is as wide as a pipe's, however the tests are started."""

import os

# The workers of pytest-xdist set a width of 80, which the command line would take for the reader's own wish.
os.environ.pop("COLUMNS", None)
