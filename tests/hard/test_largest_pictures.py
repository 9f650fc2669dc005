"""The largest pictures that are accepted, of every kind, are read within a gigabyte; and a few of them in a row.

With `-s` it prints the table of docs/testing.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource")

from tests.hard.largest import PICTURES  # noqa: E402  (needs it, too)

ROOT = Path(__file__).parents[2]
RESIDENT = 1000  # megabytes


def python(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("name", PICTURES)
def test_the_largest_picture_takes_less_than_a_gigabyte(tmp_path: Path, name: str) -> None:
    python("-m", "tests.hard.largest", name, tmp_path)
    found = json.loads(python("-m", "tests.hard.largest", "read", name, tmp_path))
    (tmp_path / name).unlink()
    shape = " x ".join(map(str, (found["shape"][1], found["shape"][0])))
    print(f"| {name} | {shape} | {found['peak']:.0f} |")
    assert found["shape"][0] * found["shape"][1] > 2_000_000
    assert found["peak"] < RESIDENT


def test_a_film_of_several_takes_no_more(tmp_path: Path) -> None:
    python("-m", "tests.hard.largest", "palette_alpha.png", tmp_path)
    code = (
        "import sys; from doodle_core.cli import main; from tests.memory import peak; status = main(sys.argv[1:]);"
        "print(peak()); sys.exit(status)"
    )
    picture = tmp_path / "palette_alpha.png"
    said = python("-c", code, "animate", *[picture] * 4, "-o", tmp_path / "out", "--frames-between", 2, "--size", 1080)
    peak = float(said.splitlines()[-1])
    print(f"| `doodle animate` with four of palette_alpha.png | | {peak:.0f} |")
    assert peak < RESIDENT
