"""The real YAML language server, with the schema that ``parley new`` writes beside a scenario.

It is a program of Node and no dependency of Parley. ``make language-server``, which ``make test`` runs first, puts it
under ``build``; another one can be named in the environment variable YAML_LANGUAGE_SERVER. Without it, or without
Node, these tests skip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

BUILT = Path(__file__).parents[2] / "build/language-server/node_modules/yaml-language-server/bin/yaml-language-server"
SERVER = (
    os.environ.get("YAML_LANGUAGE_SERVER")
    or (str(BUILT) if BUILT.is_file() else None)
    or shutil.which("yaml-language-server")
)
pytestmark = pytest.mark.skipif(
    SERVER is None or shutil.which("node") is None,
    reason="no YAML language server: 'make language-server' installs it where npm is there",
)


class Editor:
    """As much of an editor as the checks need: it opens a text, reads diagnostics, asks for completion."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["node", str(SERVER), "--stdio"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.inbox: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._receive, daemon=True).start()
        self.ids = 0
        self.ask("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": {}})
        self.send({"method": "initialized", "params": {}})
        settings = {"yaml": {"validate": True, "completion": True, "schemaStore": {"enable": False}}}
        self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": settings}})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
                line = stream.readline()
            self.inbox.put(json.loads(stream.read(length)))

    def _next(self) -> dict[str, Any]:
        message = self.inbox.get(timeout=30)
        if "id" in message and "method" in message:  # the server asks something: it may have nothing
            items = message.get("params", {}).get("items", []) if isinstance(message.get("params"), dict) else []
            self.send({"id": message["id"], "result": [None] * len(items)})
        return message

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        self.ids += 1
        self.send({"id": self.ids, "method": method, "params": parameters})
        while True:
            message = self._next()
            if message.get("id") == self.ids and "method" not in message:
                return message["result"]

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        """Open a text and return what the server underlines in it."""
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while True:
            message = self._next()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                return list(message["params"]["diagnostics"])

    def complete(self, name: str, line: int, character: int) -> list[str]:
        """Return the labels offered at a place, lines and characters counted from 0."""
        position = {"line": line, "character": character}
        uri = {"uri": (self.folder / name).as_uri()}
        found = self.ask("textDocument/completion", {"textDocument": uri, "position": position})
        return [item["label"] for item in (found["items"] if isinstance(found, dict) else found)]

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder made by ``parley new``, with a schema that knows the scenario's names beside it."""
    folder = tmp_path_factory.mktemp("editor") / "talks"
    parley = [sys.executable, "-m", "sim.cli"]
    subprocess.run([*parley, "new", str(folder)], check=True, capture_output=True)
    named = subprocess.run([*parley, "schema", str(folder / "scenario.yaml")], check=True, capture_output=True).stdout
    (folder / "named.json").write_bytes(named)
    return folder


@pytest.fixture(scope="module")
def editor(folder):
    editor = Editor(folder)
    yield editor
    editor.close()


def test_the_skeleton_has_nothing_to_underline(editor, folder):
    assert editor.open("scenario.yaml", (folder / "scenario.yaml").read_text()) == []


def test_a_mistyped_key_is_underlined_on_its_line(editor, folder):
    text = (folder / "scenario.yaml").read_text().replace("    red_lines:", "    redlines:")
    line = next(n for n, row in enumerate(text.splitlines()) if "redlines" in row)
    found = editor.open("typo.yaml", text)
    assert [item["range"]["start"]["line"] for item in found] == [line]
    assert "redlines" in found[0]["message"]


def test_a_value_above_1_is_underlined(editor, folder):
    text = (folder / "scenario.yaml").read_text().replace("divided: 0.3", "divided: 1.3")
    line = next(n for n, row in enumerate(text.splitlines()) if "1.3" in row)
    assert line in [item["range"]["start"]["line"] for item in editor.open("high.yaml", text)]


def test_a_mistyped_option_is_underlined_by_the_schema_that_knows_the_names(editor, folder):
    text = (folder / "scenario.yaml").read_text().replace("$schema=schema.json", "$schema=named.json")
    assert editor.open("named.yaml", text) == []
    text = text.replace("divided: 0.3", "devided: 0.3")
    line = next(n for n, row in enumerate(text.splitlines()) if "devided" in row)
    found = editor.open("option.yaml", text)
    assert line in [item["range"]["start"]["line"] for item in found]
    assert any("devided" in item["message"] for item in found)


def test_an_option_name_is_completed(editor, folder):
    text = (folder / "scenario.yaml").read_text().replace("$schema=schema.json", "$schema=named.json")
    before = "      guarantee:\n        none: 1\n"
    assert before in text
    text = text.replace(before, before + "        \n").replace("        promised: 0.8\n", "")
    line = text.splitlines().index("        none: 1") + 1
    editor.open("complete.yaml", text)
    assert "promised" in editor.complete("complete.yaml", line, 8)


def test_keys_of_a_party_are_completed(editor, folder):
    text = (folder / "scenario.yaml").read_text() + "groups:\n  many:\n    \n"
    editor.open("keys.yaml", text)
    assert {"count", "like"} <= set(editor.complete("keys.yaml", text.count("\n") - 1, 4))
