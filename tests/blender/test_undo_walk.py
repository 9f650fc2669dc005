"""Any edits, taken back and done again in any order. `tests/hard` walks further."""

from __future__ import annotations

from pathlib import Path

from tests.blender.animator import walk


def test_every_state_comes_back(tmp_path: Path) -> None:
    walk(seed=4, making=10, steps=25, folder=tmp_path)
