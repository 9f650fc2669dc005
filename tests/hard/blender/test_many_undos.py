"""Two hundred steps back and forth through making, changing and deleting doodles: every state is what it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender.animator import walk


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_state_comes_back(seed: int, tmp_path: Path) -> None:
    walk(seed, making=30, steps=200, folder=tmp_path)
