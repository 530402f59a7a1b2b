"""The commands of the command line, one a file: each reads its options, calls the library and prints."""
