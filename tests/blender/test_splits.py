"""Any way of sharing out a film's frames gives the same film; `splits.py` is the long form of it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.blender import splits

FRAMES = range(4, 10)


def test_any_split_gives_the_same_film(tmp_path: Path) -> None:
    film, measure = tmp_path / splits.FILM, tmp_path / "one run"
    splits.make(film, FRAMES, size=64)
    first, second = splits.chunks(FRAMES, 2)
    # Two processes at once, one of them backwards and on one thread, while this one makes the film in one run.
    parts = [
        splits.started(sys.executable, film, tmp_path / "parts", second),
        splits.started(sys.executable, film, tmp_path / "parts", first[::-1], threads=1),
    ]
    splits.work(film, measure, FRAMES, threads=2)
    for part in parts:
        splits.ended(part)
    assert splits.difference(tmp_path / "parts", measure) == 0.0
    assert len(list(measure.glob("render/*.png"))) == len(FRAMES)
    assert len(list(measure.glob("bake/*/*.png"))) == len(FRAMES) * len(splits.KINDS)


def test_the_comparison_sees_what_differs(tmp_path: Path) -> None:
    import numpy as np

    from doodle_core.sequence import write_png

    pixels = np.full((8, 8, 4), 65535, np.uint16)
    for name in ("one", "other", "fewer"):
        for frame in (1, 2):
            write_png(tmp_path / name / "render" / f"{frame:04d}.png", pixels)
    assert splits.difference(tmp_path / "one", tmp_path / "other") == 0.0
    pixels[2, 3, 3] -= 1
    write_png(tmp_path / "other" / "render" / "0002.png", pixels)
    assert 0 < splits.difference(tmp_path / "one", tmp_path / "other") < 0.01
    (tmp_path / "fewer" / "render" / "0001.png").unlink()
    assert splits.difference(tmp_path / "fewer", tmp_path / "one") == float("inf")
    assert splits.difference(tmp_path / "fewer", tmp_path / "nothing") == float("inf")


def test_parts_of_a_film_are_all_of_it() -> None:
    assert [list(part) for part in splits.chunks(range(1, 6), 2)] == [[1, 2], [3, 4, 5]]
    assert [frame for part in splits.chunks(range(1, 25), 8) for frame in part] == list(range(1, 25))
    assert len(splits.chunks(range(1, 4), 8)) == 3
