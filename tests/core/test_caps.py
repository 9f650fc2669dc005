"""Flat ends of lines: cut off at their last vertex, from the key's file to the picture between two keys."""

from __future__ import annotations

import numpy as np
import pytest

from doodle_core.drawing import Drawing, digest, from_bytes, to_bytes
from doodle_core.drawing.stacking import stacked
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.rendering import Style, render
from doodle_core.track import LatentKey


def bar(caps: int | None, height: float = 0.5, back: bool = False, cyclic: bool = False) -> Drawing:
    """A level line from 1/4 to 3/4, an eighth wide."""
    x = np.linspace(0.25, 0.75, 5)[:: -1 if back else 1]
    return Drawing(
        points=np.stack([x, np.full(5, height)], axis=1),
        radii=np.full(5, 1 / 16),
        opacities=np.ones(5),
        offsets=np.array([0, 5]),
        cyclic=np.array([cyclic]),
        shapes=np.array([0, 1]),
        areas=np.array([False]),
        caps=None if caps is None else np.array([caps]),
    )


def ends(picture: np.ndarray) -> list[bool]:
    """Whether there is ink beyond the left end, and beyond the right."""
    alpha = picture[..., 3]
    return [bool(alpha[:, :16].max() > 0.5), bool(alpha[:, 48:].max() > 0.5)]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(("caps", "round_ends"), [(None, [1, 1]), (0, [1, 1]), (1, [0, 1]), (2, [1, 0]), (3, [0, 0])])
def test_a_flat_end_ends_at_its_vertex(caps: int | None, round_ends: list, deep: bool) -> None:
    picture = render(bar(caps), 64, deep=deep)
    assert ends(picture) == [bool(one) for one in round_ends]
    if caps == 3:
        assert picture[..., 3].sum() == pytest.approx(32 * 8, rel=0.002)  # a rectangle
    assert ends(render(bar(caps), 64, Style(line_weight=0.5))) == [bool(one) for one in round_ends]


def test_lines_that_close_and_dots_have_no_ends() -> None:
    assert ends(render(bar(3, cyclic=True), 64)) == [True, True]
    dot = Drawing(
        points=np.array([[0.5, 0.5]]),
        radii=np.array([0.2]),
        opacities=np.ones(1),
        offsets=np.array([0, 1]),
        cyclic=np.array([False]),
        shapes=np.array([0, 1]),
        areas=np.array([False]),
        caps=np.array([3]),
    )
    assert render(dot, 64)[..., 3].sum() / 64**2 == pytest.approx(np.pi * 0.04, rel=0.01)


def test_they_are_stored_and_stay_with_their_shapes() -> None:
    flat, plain = bar(1), bar(None)
    again = from_bytes(to_bytes(flat))
    assert isinstance(again, Drawing) and again.caps.tolist() == [1]
    assert len({digest(flat), digest(plain), digest(bar(2))}) == 3
    assert flat.select([0, 0]).caps.tolist() == [1, 1]
    both, _ = stacked([plain, flat])
    assert both.caps.tolist() == [0, 1]
    with pytest.raises(DoodleError, match="caps"):
        bar(4)


@pytest.mark.parametrize("back", [False, True])
def test_between_keys_they_are_those_of_the_nearer_one(back: bool) -> None:
    """Also where the second was drawn from its other end."""
    model = DoodleModel.load(None, "onnx", None, "cpu")
    keys = [LatentKey(bar(1, 0.3), 0), LatentKey(bar(1 if back else 2, 0.7, back), 1)]
    film = Film(model, model.track(keys))
    assert ends(film.frame_rgba(0.25, 64)) == [False, True]
    assert ends(film.frame_rgba(0.75, 64)) == ends(film.frame_rgba(1.0, 64)) == [True, False]
