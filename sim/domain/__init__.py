"""What is given: issues, parties, preferences, uncertain numbers, and the file they are read from."""
