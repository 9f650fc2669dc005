"""Hundreds of networks that are nearly ours: each is refused in one line or runs; none takes the process along."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnx")
pytest.importorskip("resource")
ROOT = Path(__file__).parents[2]
COUNT = 600


@pytest.mark.parametrize("network", ["decoder", "matcher", "mixer/encoder", "mixer/decoder", "mixer/compare"])
def test_networks_that_are_nearly_ours(tmp_path: Path, network: str) -> None:
    command = [sys.executable, "-m", "tests.hard.altered", network, "0", str(COUNT), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"status {done.returncode}: {done.stderr[-500:]}"
    found = json.loads(done.stdout)
    assert not found["wrong"]
    assert found["refused"] + found["ran"] == COUNT and found["ran"] > 20
    assert found["peak"] < 1000
