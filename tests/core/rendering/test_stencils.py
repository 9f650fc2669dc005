"""Stencils: holdouts, masks and layers that let through, by the pixels of three squares."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.rendering import NO_STENCILS, Stencils, Style, render

RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
LEFT, MIDDLE, RIGHT = (16, 4), (16, 16), (16, 27)  # pixels of 32


def squares(coloured: bool = True) -> Drawing:
    """Layer 0: red on the left and in the middle; 1: green in the middle and on the right; 2: blue on the right."""
    spans = [(0.05, 0.7), (0.35, 0.95), (0.7, 0.95)]
    points = np.concatenate([[[a, 0.1], [b, 0.1], [b, 0.9], [a, 0.9]] for a, b in spans])
    return Drawing(
        points=points,
        radii=np.zeros(12),
        opacities=np.ones(12),
        offsets=np.array([0, 4, 8, 12]),
        cyclic=np.ones(3, bool),
        shapes=np.arange(4),
        areas=np.ones(3, bool),
        colours=np.repeat([RED, GREEN, BLUE], 4, axis=0) if coloured else None,
        styles=np.arange(3),
        layers=np.arange(3),
    )


def seen(stencils: Stencils, coloured: bool = True, deep: bool = False) -> list[tuple[float, ...]]:
    picture = render(squares(coloured), 32, deep=deep, stencils=stencils)
    return [tuple(np.round(picture[place], 2).tolist()) for place in (LEFT, MIDDLE, RIGHT)]


NOTHING = (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("deep", [False, True])
def test_a_holdout_takes_away_what_is_under_it(deep: bool) -> None:
    assert seen(NO_STENCILS, deep=deep) == [(*RED, 1.0), (*GREEN, 1.0), (*BLUE, 1.0)]
    held = Stencils(holdouts=frozenset({(1, True)}))
    assert seen(held, deep=deep) == [(*RED, 1.0), NOTHING, (*BLUE, 1.0)]
    assert seen(Stencils(holdouts=frozenset({(1, False)})), deep=deep) == seen(NO_STENCILS)  # of lines, not of areas
    assert [pixel[3] for pixel in seen(held, False, deep)] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        (((0, False),), [RED, GREEN, BLUE]),
        (((0, True),), [RED, RED, BLUE]),
        (((2, False),), [RED, RED, BLUE]),
        (((0, False), (2, False)), [RED, GREEN, BLUE]),
        (((0, False), (2, True)), [RED, GREEN, BLUE]),
        (((5, False),), [RED, RED, BLUE]),  # nothing is drawn there
    ],
)
def test_a_layer_is_seen_through_its_masks(masks: tuple, expected: list) -> None:
    found = seen(Stencils(masks=((1, masks),)))
    assert found == [(*colour, 1.0) for colour in expected]


def test_what_a_masked_layer_leaves_open_is_clear() -> None:
    found = seen(Stencils(masks=((0, ((1, False),)), (1, ((0, True),)), (2, ((0, False),)))))
    assert found == [NOTHING, (*RED, 1.0), (*GREEN, 1.0)]


def test_a_layer_lets_through_as_a_whole() -> None:
    """Where its shapes lie over each other, too; and what is under it shows."""
    one = squares()
    twice = one.select([0, 0, 2])
    picture = render(twice, 32, stencils=Stencils(opacities=((0, 0.5),)))
    np.testing.assert_allclose(picture[LEFT], (*RED, 0.5), atol=0.005)
    found = seen(Stencils(opacities=((1, 0.5),)))
    np.testing.assert_allclose(found[1], (0.5, 0.5, 0.0, 1.0), atol=0.01)


def test_softness_and_weight_go_with_them() -> None:
    stencils = Stencils(frozenset({(2, True)}), ((1, ((0, True),)),), ((0, 0.5),))
    for style in (Style(softness=0.5), Style(line_weight=0.5), Style(line_weight=-0.5)):
        picture = render(squares(), 32, style, stencils=stencils)
        assert picture[LEFT][3] == pytest.approx(0.5, abs=0.01) and picture[RIGHT][3] == pytest.approx(0.0, abs=0.01)
