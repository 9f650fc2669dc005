"""Paths in bulk: what Skia reads is what its own functions would have made."""

from __future__ import annotations

import numpy as np
import pytest
import skia
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.rendering import paths


def made(polygons: list[np.ndarray], even_odd: bool) -> skia.Path:
    path = skia.Path()
    for polygon in polygons:
        path.addPoly([skia.Point(*point) for point in polygon.tolist()], True)
    path.setFillType(skia.PathFillType.kEvenOdd if even_odd else skia.PathFillType.kWinding)
    return path


@given(st.lists(st.tuples(st.lists(st.integers(1, 6), min_size=1, max_size=3), st.booleans()), min_size=1, max_size=4))
@pytest.mark.parametrize("stored", [True, False])
def test_paths_are_those_made_point_by_point(stored: bool, shapes: list[tuple[list[int], bool]]):
    rng = np.random.default_rng(1)
    groups = [[rng.uniform(-5, 5, (n, 2)).astype(np.float32) for n in counts] for counts, _ in shapes]
    polygons = [polygon for group in groups for polygon in group]
    arguments = (
        np.concatenate(polygons),
        np.cumsum([0, *map(len, polygons)]),
        np.cumsum([0, *map(len, groups)]),
        np.array([rule for _, rule in shapes]),
    )
    found = list(paths.paths_of(*arguments)) if stored else list(paths._by_points(*arguments))
    assert len(found) == len(shapes)
    for path, group, (_, rule) in zip(found, groups, shapes, strict=True):
        assert path == made(group, rule)


def test_this_skia_reads_stored_paths():
    """Else frames take longer: see `understood`."""
    assert paths.understood()
