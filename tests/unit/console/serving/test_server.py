"""The server's door, where it cannot be opened."""

from __future__ import annotations

import shutil
import socket

import pytest

from console import server
from core.errors import BadInput, Busy
from core.workspace import Workspace


def test_who_may_not_write_is_told_why_a_server_has_to(workspace: Workspace) -> None:
    shutil.rmtree(workspace.run)
    workspace.run.write_text("no folder")
    with pytest.raises(BadInput, match="cannot write to") as caught:
        server.run(workspace, {"port": 0}, print)
    assert "logged" in caught.value.hint


def test_a_port_that_is_taken_leaves_nothing_behind(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(Busy, match="cannot listen"):
        server.run(workspace, {"port": other.getsockname()[1]}, print)
    assert not list(workspace.run.glob("serve-*"))
