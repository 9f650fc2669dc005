"""A bake of 3,000 frames takes no more memory at its end than at its hundredth frame."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.blender import child

LIMIT = 20.0  # MB

BAKE = """
from pathlib import Path
from benchmarks import memory, scenes
ob = scenes.doodle(given["drawings"], 64, sigma=0.5)
answer(memory.sampled(ob, Path(given["folder"]), given["size"], given["frames"]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is counted by Linux here")
@pytest.mark.parametrize(("drawings", "size", "frames"), [(251, 64, 3000), (51, 512, 600)])
def test_it_stays_flat(drawings: int, size: int, frames: int, tmp_path: Path) -> None:
    given = {"drawings": drawings, "size": size, "frames": frames, "folder": str(tmp_path)}
    curve = child.run(BAKE, given)
    print(size, curve, file=sys.stderr)
    assert [done for done, _ in curve] == list(range(100, frames + 1, 100))
    assert max(memory for _, memory in curve) - curve[0][1] <= LIMIT, curve
    assert len(list(tmp_path.glob("*.png"))) == frames
