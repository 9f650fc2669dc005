"""Small pictures of keys: asked for while drawing, made outside."""

from __future__ import annotations

import base64
from collections.abc import Callable

import bpy
import numpy as np
import pytest

from blender_addon import thumbnails

Maker = Callable[..., bpy.types.Object]


def test_a_picture_is_dark_ink_on_light_paper(make_doodle: Maker) -> None:
    key = make_doodle().doodle_bridge.keys[2]
    pixels = thumbnails.picture(key.drawing)
    assert pixels.shape == (96, 96, 4)
    assert (pixels[..., 3] == 1).all()
    dark = pixels[..., 0] < 0.3
    assert 0.01 < dark.mean() < 0.3
    middle, side = np.flatnonzero(dark[:, 48]), np.flatnonzero(dark[:, 24])
    assert middle.mean() < side.mean(), "the bow of the third key is upright"


def test_a_drawing_has_its_colours_on_paper_that_they_are_seen_on() -> None:
    from doodle_core.drawing import Drawing, to_bytes

    square = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]

    def shown(colour: tuple[float, ...]) -> np.ndarray:
        drawing = Drawing.make([square], 0.0, cyclic=True, filled=True, colours=[colour])
        return thumbnails.picture(base64.b64encode(to_bytes(drawing)).decode("ascii"))

    red = shown((0.5, 0.0, 0.0))
    np.testing.assert_allclose(red[48, 48], [0.7354, 0, 0, 1], atol=0.005)  # as displays show half of red
    assert red[2, 2, 0] > 0.8 and shown((1.0, 0.95, 0.9))[2, 2, 0] < 0.3


def test_a_part_of_the_square_fills_the_picture() -> None:
    """Of a drawing twice as wide as high: its full width, paper above and below."""
    from doodle_core.drawing import Drawing, to_bytes

    corners = [[0.1, 0.4], [0.5, 0.4], [0.5, 0.6], [0.1, 0.6]]
    stored = base64.b64encode(to_bytes(Drawing.make([corners], 0.0, cyclic=True, filled=True))).decode("ascii")
    dark = thumbnails.picture(stored, 96, (0.1, 0.4, 0.4, 0.2))[..., 0] < 0.5
    assert dark[26:70].all() and not dark[:22].any() and not dark[74:].any()


def test_asking_makes_nothing_and_a_later_moment_all(make_doodle: Maker) -> None:
    found = make_doodle().doodle_bridge.keys
    assert [thumbnails.icon_of(key) for key in found] == [0, 0, 0]
    assert thumbnails.make_waiting(0.0), "one at a time"
    assert len(thumbnails._icons) == 1
    assert not thumbnails.make_waiting(60.0)
    assert set(thumbnails._icons) == {key.digest for key in found}
    for key in found:
        preview = thumbnails._previews[key.digest]
        assert tuple(preview.image_size) == (96, 96)
        assert thumbnails.icon_of(key) == preview.icon_id
    assert not thumbnails._waiting, "what is there is not asked for again"


def test_no_more_are_kept_than_there_is_room_for(make_doodle: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "KEPT", 2)
    found = make_doodle().doodle_bridge.keys
    for key in (found[0], found[1], found[0], found[2]):
        thumbnails.icon_of(key)
        thumbnails.make_waiting(60.0)
    assert list(thumbnails._icons) == [found[0].digest, found[2].digest]
    assert set(thumbnails._previews) == set(thumbnails._icons)


def test_a_damaged_key_is_bare_paper() -> None:
    pixels = thumbnails.picture("damaged!")
    assert len(np.unique(pixels[..., 0])) == 1


def test_nothing_is_left_behind(make_doodle: Maker) -> None:
    for key in make_doodle().doodle_bridge.keys:
        thumbnails.icon_of(key)
    thumbnails.make_waiting(0.0)
    thumbnails.unregister()
    try:
        assert thumbnails._previews is None
        assert not thumbnails._icons
        assert not thumbnails._waiting
    finally:
        thumbnails.register()
