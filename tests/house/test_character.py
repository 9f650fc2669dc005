"""The fox of the demo: as much in it as is promised, the same shapes in every pose, drawn otherwise by another hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import character

KEYS = range(len(character.KEYS))


def _names(shapes: list[character.Shape]) -> list[tuple[str, bool]]:
    return [(shape.name, shape.area) for shape in shapes]


def test_it_is_a_character_of_many_lines_areas_and_materials_in_two_layers() -> None:
    shapes = character.pose(0.0)
    lines, areas = ([shape for shape in shapes if shape.area is area] for area in (False, True))
    assert len(lines) >= 80 and len(areas) >= 15
    for kind in (lines, areas):
        assert len({shape.material for shape in kind}) >= 4
    layers = [shape.layer for shape in shapes]
    assert set(layers) == set(character.LAYERS) and len(character.LAYERS) == 2
    assert layers == sorted(layers, key=character.LAYERS.index)
    assert len(set(_names(shapes))) == len(shapes)
    assert 4 <= len(character.KEYS) <= 6


@settings(max_examples=15)
@given(time=st.floats(0, len(character.KEYS) - 1))
def test_every_pose_has_the_same_shapes_and_lies_inside_the_canvas(time: float) -> None:
    first, shapes = character.pose(0.0), character.pose(time)
    assert _names(shapes) == _names(first)
    assert [len(shape.points) for shape in shapes] == [len(shape.points) for shape in first]
    for shape in shapes:
        assert np.isfinite(shape.points).all()
        reach = shape.radii[:, None]
        assert (shape.points - reach >= 0).all() and (shape.points + reach <= 1).all(), shape.name
        assert (shape.radii == 0).all() if shape.area else (shape.radii > 0).all(), shape.name


@pytest.mark.parametrize("number", KEYS)
def test_a_whole_time_is_the_key(number: int) -> None:
    assert character.between(number) == character.KEYS[number]


@settings(max_examples=15)
@given(time=st.floats(0, len(character.KEYS) - 1.01))
def test_it_moves_without_a_jump(time: float) -> None:
    for one, other in zip(character.pose(time), character.pose(time + 0.01), strict=True):
        assert np.abs(one.points - other.points).max() < 0.02, one.name


def test_the_lines_are_thin_and_taper() -> None:
    side = 64  # model pixels
    for shape in character.pose(2.0):
        if not shape.area:
            assert 0.1 <= shape.radii.max() * side <= 1
            assert shape.closed or shape.radii[-1] < shape.radii.max()


def test_the_drawing_has_the_colours_styles_and_layers() -> None:
    shapes = character.pose(1.0)
    drawing = character.drawing(shapes)
    assert len(drawing) == len(shapes)
    scarf = [shape.name for shape in shapes].index("scarf")
    vertex = int(drawing.offsets[scarf])
    assert drawing.areas[scarf] and list(character.MATERIALS)[drawing.styles[scarf]] == "Scarf"
    np.testing.assert_allclose(drawing.colours[vertex], [0.9114, 0.5382, 0.0637], atol=1e-3)  # 0.96, 0.76, 0.28 in sRGB
    assert set(drawing.layers.tolist()) == {0, 1}
    shadow = [shape.name for shape in shapes].index("ground shadow")
    assert drawing.opacities[drawing.offsets[shadow]] == np.float32(0.30)


def _filled_up(shape: character.Shape) -> np.ndarray:
    """The points of a shape's polyline, many of them."""
    ends = np.concatenate([shape.points, shape.points[:1]]) if shape.closed else shape.points
    share = np.linspace(0, 1, 40)[:, None, None]
    return (ends[:-1] + share * (ends[1:] - ends[:-1])).reshape(-1, 2)


def test_another_hand_draws_the_same_picture_with_other_strokes() -> None:
    own = character.pose(3.0)
    other = character.keys(afresh=[3])[3]
    assert sorted(_names(own)) == sorted(_names(other)) and _names(own) != _names(other)
    by_name = {(shape.name, shape.area): shape for shape in own}
    turned = 0
    for shape in other:
        same = by_name[shape.name, shape.area]
        nearest = [np.hypot(*(_filled_up(same) - point).T).min() for point in shape.points]
        assert max(nearest) < 0.15 / 64, shape.name
        ends = np.hypot(*(same.points[[0, -1]] - shape.points[0]).T)
        turned += not shape.closed and ends[0] > ends[1]
    assert 40 < turned < 140
    assert character.keys()[3][0].points.tobytes() == own[0].points.tobytes()
