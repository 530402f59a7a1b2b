"""The commands of ``parley``, one a file; each parses options, calls the library and prints."""
