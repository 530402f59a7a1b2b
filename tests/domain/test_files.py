"""Files that a user may name: each reader says the same faults, in words of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.compliance.history.cases import read_cases
from sim.domain.bargaining_files import read_domain
from sim.domain.document import read_document
from sim.domain.files import Words, read_text
from sim.errors import ScenarioError, SimError
from sim.stability.graph import graph_content

READERS = {
    "scenario": read_document,
    "domain": lambda path: read_domain([path, path]),
    "conflict": graph_content,
    "cases": read_cases,
}
SAID = {
    "missing": {
        "scenario": "{}: no such file",
        "domain": "{}: no such file",
        "conflict": "{}: cannot be read: No such file or directory",
        "cases": "{}: no such file; give a CSV file of coded cases",
    },
    "folder": {
        "scenario": "{}: this is a directory; name a file",
        "domain": "{}: is no file; name the domain and its profiles, or the folder they are in",
        "conflict": "{}: cannot be read: Is a directory",
        "cases": "{}: this is a directory; give a CSV file of coded cases",
    },
    "pipe": {
        "scenario": "{}: this is a device or a pipe; name a file",
        "domain": "{}: is no file; name the domain and its profiles, or the folder they are in",
        "conflict": "{}: is a device or a pipe; name a file",
        "cases": "{}: this is a device or a pipe; give a CSV file of coded cases",
    },
    "latin": {
        "scenario": "{}:2: byte 0xfc is not UTF-8; save the file as UTF-8",
        "domain": "{}:2: cannot be read: byte 0xfc is not UTF-8; save the file as UTF-8",
        "conflict": "{}: is no UTF-8 text (byte 3); save it as UTF-8",
        "cases": "{}:2: byte 0xfc is not UTF-8; save the file as UTF-8",
    },
    "large": {
        "scenario": "{}: larger than 4 MiB; a scenario file is text of some thousand lines",
        "domain": "{}: larger than 4 MiB",
        "conflict": "{}: is larger than 64 MiB, too large for an explicit conflict",
        "cases": "{}: larger than 16 MiB",
    },
    "closed": dict.fromkeys(READERS, "{}: cannot be read: Permission denied"),
    "a\0b": dict.fromkeys(READERS, "'{}': this cannot be the name of a file"),
}


def made(fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / fault
    if fault == "folder":
        path.mkdir()
    elif fault == "pipe":
        os.mkfifo(path)
    elif fault == "latin":
        path.write_bytes(b"a:\n\xfc")
    elif fault == "large":
        with path.open("wb") as stream:
            stream.truncate(2**30)
    elif fault == "closed":
        path.touch()

        def shut(self: Path, *given: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", shut)  # a mode would not stop root
    return path


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("fault", SAID)
def test_each_reader_says_in_its_own_words_what_is_wrong_with_a_file(fault, reader, tmp_path, monkeypatch):
    path = made(fault, tmp_path, monkeypatch)
    with pytest.raises(SimError) as caught:
        READERS[reader](path)
    shown = repr(str(path))[1:-1] if "\0" in fault else str(path)
    assert str(caught.value) == SAID[fault][reader].format(shown)


def test_a_folder_that_holds_a_scenario_is_told_so(tmp_path):
    (tmp_path / "scenario.yaml").touch()
    with pytest.raises(ScenarioError, match=r"name a file; did you mean its scenario\.yaml\?"):
        read_document(tmp_path)


def test_a_file_of_just_the_bound_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "text"
    path.write_text("x" * 2**20)
    assert len(read_text(path, 2**20)) == 2**20
    with pytest.raises(ScenarioError, match="text: too long for 0"):
        read_text(path, 2**20 - 1, Words(large="too long for {mib}"))


def test_no_more_than_the_bound_is_read_of_a_file_that_grows(tmp_path, monkeypatch):
    asked: list[int] = []
    (tmp_path / "log").write_text("x")
    plain = Path.open

    class Growing:
        def __init__(self, path: Path) -> None:
            self.stream = plain(path, "rb")

        def __enter__(self) -> Growing:
            return self

        def __exit__(self, *given: object) -> None:
            self.stream.close()

        def read(self, most: int) -> bytes:
            asked.append(most)
            return b"x" * most

    monkeypatch.setattr(Path, "open", lambda self, mode: Growing(self))
    with pytest.raises(ScenarioError, match="larger than 1 MiB"):
        read_text(tmp_path / "log", 2**20)
    assert asked == [2**20 + 1]
