"""Files that promise gigabytes are refused before memory is spent: all in one process, whose memory is watched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.bombs import BOMBS

ROOT = Path(__file__).parents[2]
resource = pytest.importorskip("resource")

HARMLESS = {
    "png, pixels that unpack to more",  # what is beyond the picture is not unpacked
    "png, table",  # never unpacked
}
"""What is read rightly, without paying for the rest."""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float, float]]:
    command = [sys.executable, "-m", "tests.core.bombs", str(tmp_path_factory.mktemp("bombs"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: (said, spent, peak) for name, said, spent, peak in json.loads(done.stdout)}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_one_line(read: dict[str, tuple[str, float, float]], name: str) -> None:
    said, spent, _ = read[name]
    assert bool(said) != (name in HARMLESS), said
    assert not said.startswith("FAULT") and "\n" not in said and len(said) < 600
    assert spent < 20


def test_no_bomb_spends_memory(read: dict[str, tuple[str, float, float]]) -> None:
    """Of all of them together, in the order they were read; the files themselves are some megabytes."""
    peaks = [(name, peak) for name, (_, _, peak) in read.items()]
    assert max(peak for _, peak in peaks) < 1000, peaks
