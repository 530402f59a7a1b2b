"""Forging a result so well that its hashes agree: what is left is what the model itself says."""

import json

from sim.results.durable import write_json
from sim.results.sums import file_hash, read_sums, write_sums


def seal(folder):
    """Write the hashes of the files as they are now."""
    sums = {name: file_hash(folder / name) for name in read_sums(folder) if (folder / name).exists()}
    digest = write_sums(folder, sums)
    if (folder / "complete.json").exists():
        write_json(
            folder / "complete.json", {**json.loads((folder / "complete.json").read_text()), "sums_hash": digest}
        )
