"""What is kept of a segment between two keys, for as long as a film is played."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span

SHAPES, VERTICES = 60, 40
MOST = 240, 130  # bytes a vertex in arrays apart, and in the heap; but for the last few factors, which are SuperLU's


def key(turn: float, order: list[int] | None = None) -> Drawing:
    rng = np.random.default_rng(0)
    shapes = rng.uniform(0.2, 0.8, (SHAPES, 1, 2)) + np.cumsum(rng.normal(0, 0.01, (SHAPES, VERTICES, 2)), axis=1)
    c, s = np.cos(turn), np.sin(turn)
    turned = (shapes - 0.5) @ np.array([[c, s], [-s, c]]) + 0.5
    drawing = Drawing.make(list(turned), 0.01, colours=list(rng.uniform(0, 1, (SHAPES, 3))))
    return drawing if order is None else drawing.select(order)


def between(first: Drawing, second: Drawing, partners: list[int]) -> Inbetweens:
    """Each shape of the first with one of the second."""
    one, two = contours_of(first), contours_of(second)
    spans = [Span(k, p, one[k].lengths, two[p].lengths) for k, p in enumerate(partners)]
    return Inbetweens(align(first, second, spans))


def test_a_segment_keeps_little_a_vertex():
    keys = key(0.0), key(0.5)
    between(*keys, list(range(SHAPES))).at(0.5, "spherical")  # what is imported and made once
    gc.collect()
    tracemalloc.start()
    kept = between(*keys, list(range(SHAPES)))
    kept.at(0.3, "spherical")
    kept.at(0.7, "circular")
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    count = SHAPES * VERTICES
    assert len(kept.aligned.first) == count
    assert apart_of(kept) < MOST[0] * count
    assert traced < MOST[1] * count


def apart_of(kept: Inbetweens) -> int:
    """Bytes of the arrays that are not in the heap."""
    aligned, turning = kept.aligned, vars(kept._turning)
    arrays = [aligned.first, aligned.second, aligned.places, aligned.shapes.vertices, aligned.shapes.values]
    for value in turning.values():
        arrays += value if isinstance(value, list) else [value] if isinstance(value, np.ndarray) else []
    pull = kept._turning._pull
    arrays += [pull.data, pull.indices, pull.indptr]
    owners = {id(array): array.nbytes for array in arrays}
    return sum(owners.values())


def test_shapes_that_change_places_keep_their_inks():
    """Radius and colour of each are those of its partner, in either order."""
    order = list(range(SHAPES))[::-1]
    kept = between(key(0.0), key(0.5, order), order)
    assert kept.reorders
    for fraction, expected in ((0.25, range(SHAPES)), (0.75, order)):
        drawing, origins = kept.at(fraction)
        assert origins[:, 0].tolist() == list(expected)
        np.testing.assert_allclose(drawing.colours, key(0.0).select(list(expected)).colours, atol=1e-6)
        np.testing.assert_allclose(drawing.radii, 0.01, atol=1e-7)


def test_what_neighbours_say_is_kept_until_they_are_others():
    same = list(range(SHAPES))
    kept, following = between(key(0.0), key(0.2), same), between(key(0.2), key(0.5), same)
    found = kept.carried(following, later=True)
    assert kept.carried(following, later=True) is found
    np.testing.assert_allclose(found / 64 + 0.5, key(0.5).points, atol=1e-5)
    other = between(key(0.2), key(0.9), same)
    np.testing.assert_allclose(kept.carried(other, later=True) / 64 + 0.5, key(0.9).points, atol=1e-5)
    before = between(key(-0.3), key(0.0), same)
    np.testing.assert_allclose(kept.carried(before, later=False) / 64 + 0.5, key(-0.3).points, atol=1e-5)
