"""Measured claims, one command each: ``python -m benchmarks`` lists them, ``python -m benchmarks NAME`` runs one."""
