"""Effects: shake, boil and transform of drawings."""

from dataclasses import replace

import numpy as np
import pytest

from doodle_core.boil import Boil
from doodle_core.errors import DoodleError
from doodle_core.inbetween.effects import SHAKE_SIZE, boiled, shaken, transformed
from doodle_core.transform import Transform
from tests.core.inbetween.making import area, drawn, line, places, ring

GRID = np.array([[0, 0], [28, -12], [-7.5, 20], [-30, -30]])


def test_a_shake_has_the_same_size_everywhere():
    dots = drawn([point[None] for point in GRID])
    normals = np.random.default_rng(3).normal(size=(3000, SHAKE_SIZE))
    found = np.stack([places(shaken(dots, row)) - GRID for row in normals])
    assert np.abs(found.mean(axis=0)).max() < 4 / np.sqrt(len(found))
    np.testing.assert_allclose(found.std(axis=0), 1, rtol=4 / np.sqrt(2 * len(found)))
    assert abs(np.corrcoef(found[:, 0, 0], found[:, 0, 1])[0, 1]) < 4 / np.sqrt(len(found))


def test_a_shake_of_nothing_moves_nothing():
    drawing = drawn([line((0, 0), 0, 20)])
    assert shaken(drawing, np.zeros(SHAKE_SIZE)) is drawing


def test_a_shake_is_the_same_in_every_version():
    found = shaken(drawn([np.array([[0.0, 0.0]]), np.array([[10.0, -20.0]])], 1.0), np.sin(np.arange(SHAKE_SIZE)))
    np.testing.assert_allclose(places(found), [[-0.0485229, 0.0558372], [10.2916960, -20.1983471]], atol=2e-5)
    np.testing.assert_allclose(found.radii * 64, [1.0569932, 1.0356812], atol=1e-5)


def test_a_shake_bends_straight_lines_and_keeps_what_touches_together():
    drawing = drawn([line((-20, 0), 0, 40, 1), line((0, 0), 90, 10, 1)])
    found = shaken(drawing, 3 * np.sin(np.arange(SHAKE_SIZE)))
    points = places(found)
    row, column = points[: found.offsets[1]], points[found.offsets[1] :]
    assert len(row) >= 27  # cut into pieces that can bend
    assert np.ptp(row[:, 1]) > 0.5
    assert np.hypot(*(row - column[0]).T).min() < 0.8


def test_areas_shake_too():
    found = shaken(drawn([ring(12)], 0, filled=True), 2 * np.cos(np.arange(SHAKE_SIZE)))
    assert np.abs(places(found)[:: len(found.points) // 24][:24] - ring(12)).max() > 0.3
    assert area(places(found)) == pytest.approx(area(ring(12)), rel=0.3)


def test_boil_displaces_by_place_alone_and_keeps_radii_and_colours():
    boil = Boil(0.8, 3, 5)
    drawing = drawn([line((-20, 5), 0, 40, 1), ring(6)], 0.7, cyclic=[False, True], colours=[(1, 0, 0), (0, 1, 0)])
    found = boiled(drawing, boil)
    ends = places(found)[[0, found.offsets[1] - 1]]
    np.testing.assert_allclose(ends, places(drawing)[:2] + boil.displacement(places(drawing)[:2]), atol=1e-4)
    np.testing.assert_allclose(found.radii * 64, 0.7, rtol=1e-6)
    assert found.colours is not None and len(np.unique(found.colours, axis=0)) == 2
    assert boiled(drawing, Boil()) is drawing


def test_a_transform_scales_turns_and_shifts_about_the_middle():
    drawing = drawn([np.array([[10.0, 0.0], [0.0, -6.0]])], 0.5)
    found = transformed(drawing, Transform(weight=0.25, x=0.1, y=0.2, scale=1.0, rotation=np.pi / 2))
    # Twice as large, counter-clockwise by a quarter as seen, 0.1 to the right and 0.2 up.
    np.testing.assert_allclose(places(found), [[6.4, -20 - 12.8], [-12 + 6.4, -12.8]], atol=1e-4)
    np.testing.assert_allclose(found.radii * 64, 1.25, rtol=1e-6)
    assert transformed(drawing, Transform()) is drawing


def test_a_line_may_be_thinned_away_but_an_area_has_no_line_to_thicken():
    drawing = replace(drawn([line((0, 0), 0, 9)], 0.5))
    assert not transformed(drawing, Transform(weight=-1)).radii.any()
    assert not transformed(drawn([ring(5)], 0, filled=True), Transform(weight=1)).radii.any()


def test_a_shake_of_another_size_is_refused():
    with pytest.raises(DoodleError, match="shape"):
        shaken(drawn([line((0, 0), 0, 9)]), np.zeros(3))
