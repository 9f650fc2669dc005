"""Thousands of damaged files of every kind, in processes whose memory and time are bounded: none crashes or hangs, each
is read rightly or refused in one line.

By themselves: `python -m pytest tests/hard/test_fuzz_files.py`; one kind: `-k "gif"`. FUZZ=N multiplies the cases.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.core.fuzzing import DATA, EXRS, MODELS, PICTURES, TORCH
from tests.hard.seeds import CODECS

pytest.importorskip("resource")
ROOT = Path(__file__).parents[2]
TIMES = int(os.environ.get("FUZZ", "1"))
BLENDER = [f"blender {codec} {depth}" for codec in CODECS for depth in ("16", "32")]
COUNTS = {
    **dict.fromkeys(PICTURES, 1000),
    **dict.fromkeys(EXRS, 1000),
    **dict.fromkeys(BLENDER if find_spec("bpy") else (), 300),
    **dict.fromkeys(DATA, 1000),
    **dict.fromkeys(MODELS, 120),
    **dict.fromkeys(TORCH if find_spec("torch") else (), 60),
}
RESIDENT = 1000  # megabytes


def python(*arguments: object, seconds: float = 900) -> str:
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"status {done.returncode}: {done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeds")
    if find_spec("bpy"):
        python("tests.hard.seeds", path)
    return path


@pytest.mark.parametrize("kind", COUNTS)
def test_thousands_of_damaged_files(folder: Path, tmp_path: Path, kind: str) -> None:
    own = folder / f"work {kind}".replace("/", "_")
    own.mkdir()
    first = 1000  # those before are among the short tests
    found = json.loads(python("tests.hard.fuzzed", kind, first, COUNTS[kind] * TIMES, own).splitlines()[-1])
    assert not found["wrong"], dict(list(found["wrong"].items())[:5])
    assert found["peak"] < RESIDENT and found["child"] < RESIDENT
