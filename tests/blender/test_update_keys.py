"""Update Keys: changed, new and vanished drawings are followed, and the timing that was set by hand stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys, making
from blender_addon.keyframes.keys import Drawn, remapped
from tests.blender.conftest import add_layer, arc, draw, picture_of, write_picture
from tests.blender.test_images import bar

Maker = Callable[..., bpy.types.Object]


def _keyframes(doodle: bpy.types.Object) -> list[tuple[float, float]]:
    return [(round(p.co.x, 3), round(p.co.y, 3)) for p in keys.position_curve(doodle).keyframe_points]


def _frames(doodle: bpy.types.Object) -> list[int]:
    return [key.frame for key in doodle.doodle_bridge.keys]


def _lines(doodle: bpy.types.Object) -> bpy.types.GreasePencilLayer:
    return doodle.doodle_bridge.source.data.layers[0]


def _update() -> None:
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}


def test_nothing_changed(make_doodle: Maker) -> None:
    doodle = make_doodle()
    before = (keys.stored(doodle.doodle_bridge), _keyframes(doodle), doodle.matrix_world.copy())
    _update()
    assert (keys.stored(doodle.doodle_bridge), _keyframes(doodle)) == before[:2]
    np.testing.assert_allclose(doodle.matrix_world, before[2], atol=1e-5)
    assert session.get().encoded == 3, "nothing is encoded twice"


def test_a_changed_drawing_is_encoded_alone(make_doodle: Maker) -> None:
    doodle = make_doodle()
    keys.position_curve(doodle).keyframe_points[1].co.x = 15
    bpy.context.scene.frame_set(15)
    before, shown = keys.stored(doodle.doodle_bridge), picture_of(doodle).copy()
    _lines(doodle).frames[1].drawing.strokes[0].points[12].position.z += 0.4
    _update()
    after = keys.stored(doodle.doodle_bridge)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert session.get().encoded == 4
    assert _keyframes(doodle) == [(1, 0), (15, 1), (21, 2)]
    assert not np.array_equal(picture_of(doodle), shown), "the new drawing is seen at once"


def test_unchanged_keys_are_not_drawn_again(make_doodle: Maker) -> None:
    """Nor unpacked: a doodle of a hundred keys shows a new stroke as soon as one of three."""
    doodle = make_doodle()

    def drawn_from() -> list[object]:
        return list(next(reversed(session.get()._films.values())).track.keys)

    before = drawn_from()
    _lines(doodle).frames[1].drawing.strokes[0].points[12].position.z += 0.4
    _update()
    assert [one is other for one, other in zip(before, drawn_from(), strict=True)] == [True, False, True]


def test_a_new_keyframe_goes_between_its_neighbours_and_timing_stays(make_doodle: Maker) -> None:
    doodle = make_doodle()
    points = keys.position_curve(doodle).keyframe_points
    points[1].co.x, points[2].co.x = 21, 61
    points[0].interpolation = "CONSTANT"
    draw(_lines(doodle).frames.new(16), [arc(0.6)])
    _update()
    assert _frames(doodle) == [1, 11, 16, 21]
    assert _keyframes(doodle) == [(1, 0), (21, 1), (41, 2), (61, 3)]
    kinds = [point.interpolation for point in keys.position_curve(doodle).keyframe_points]
    assert kinds == ["CONSTANT", "LINEAR", "LINEAR", "LINEAR"]
    assert session.get().encoded == 4
    bpy.context.scene.frame_set(61)
    assert doodle.doodle_bridge.position == 3


def test_a_keyframe_before_all_others(make_doodle: Maker) -> None:
    doodle = make_doodle()
    draw(_lines(doodle).frames.new(-9), [arc(-0.5)])
    _update()
    assert _keyframes(doodle) == [(-9, 0), (1, 1), (11, 2), (21, 3)]


def test_a_vanished_keyframe_takes_its_own_along(make_doodle: Maker) -> None:
    doodle = make_doodle()
    points = keys.position_curve(doodle).keyframe_points
    points[2].co.x = 40
    points.insert(30, 1.0)  # key 1 is held
    _lines(doodle).frames.remove(11)
    _update()
    assert _frames(doodle) == [1, 21]
    assert _keyframes(doodle) == [(1, 0), (40, 1)]
    assert session.get().encoded == 3


def test_a_moved_keyframe_is_the_same_key(make_doodle: Maker) -> None:
    """It moves along on the timeline where it stood at its source frame, and stays where it was moved by hand."""
    doodle = make_doodle()
    keys.position_curve(doodle).keyframe_points[2].co.x = 50
    _lines(doodle).frames.move(11, 14)
    _lines(doodle).frames.move(21, 24)
    _update()
    assert _frames(doodle) == [1, 14, 24]
    assert _keyframes(doodle) == [(1, 0), (14, 1), (50, 2)]
    assert session.get().encoded == 3


def test_an_emptied_keyframe_is_a_blank_key(make_doodle: Maker) -> None:
    doodle = make_doodle()
    _lines(doodle).frames[1].drawing.remove_strokes()
    _update()
    assert _frames(doodle) == [1, 11, 21]
    assert _keyframes(doodle) == [(1, 0), (11, 1), (21, 2)]
    for frame, shows in ((10, True), (11, False), (20, False), (21, True)):
        bpy.context.scene.frame_set(frame)
        assert bool(picture_of(doodle)[..., 3].any()) == shows


def test_all_keyframes_replaced(make_doodle: Maker) -> None:
    doodle = make_doodle()
    lines = _lines(doodle)
    for frame in (1, 11, 21):
        lines.frames.remove(frame)
    for frame, lift in ((5, 0.3), (30, 0.9)):
        draw(lines.frames.new(frame), [arc(lift)])
    _update()
    assert _frames(doodle) == [5, 30]
    assert _keyframes(doodle) == [(5, 0), (30, 1)]


def test_a_layer_more(make_doodle: Maker) -> None:
    doodle = make_doodle()
    add_layer(doodle.doodle_bridge.source, "Eyes", {1: [arc(0.1)], 6: [arc(0.2)]})
    bpy.ops.doodle_bridge.use_layer(layer="Eyes")
    assert _frames(doodle) == [1, 6, 11, 21]
    assert _keyframes(doodle) == [(1, 0), (6, 1), (11, 2), (21, 3)]


def test_ink_that_leaves_the_square_gets_a_larger_one(make_doodle: Maker) -> None:
    """And where the animator has put the plane stays."""
    doodle = make_doodle()
    doodle.location.y += 2.0
    bpy.context.view_layer.update()
    side = doodle.matrix_world.col[0].xyz.length
    draw(_lines(doodle).frames.new(31), [[(-3, 0, 0), (3, 0, 0)]], radius=0.2)
    _update()
    bpy.context.view_layer.update()
    assert doodle.matrix_world.col[0].xyz.length > 2 * side
    assert doodle.matrix_world.translation.y == pytest.approx(2.0, abs=1e-5)
    bpy.context.scene.frame_set(31)
    ink = picture_of(doodle)[..., 3]
    assert ink[:, [0, -1]].max() == 0 and ink.max() > 0.5


def test_without_animation_the_position_keeps_its_drawing(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.animation_data_clear()
    doodle.doodle_bridge.position = 1.5
    draw(_lines(doodle).frames.new(5), [arc(0.6)])
    _update()
    assert keys.position_curve(doodle) is None
    assert doodle.doodle_bridge.position == 2.5


def test_keys_of_another_model_are_made_anew(make_doodle: Maker) -> None:
    doodle = make_doodle()
    latents = [key.latent for key in doodle.doodle_bridge.keys]
    doodle.doodle_bridge.model_id = "another"
    for key in doodle.doodle_bridge.keys:
        key.latent = latents[0]
    _update()
    assert doodle.doodle_bridge.model_id == session.get().model_id
    assert [key.latent for key in doodle.doodle_bridge.keys] == latents


def test_pictures_are_read_again(tmp_path: Path) -> None:
    paths = [write_picture(tmp_path / f"{number}.png", bar(row)) for number, row in enumerate((0.3, 0.5, 0.7))]
    bpy.ops.doodle_bridge.from_images(directory=str(tmp_path), files=[{"name": path.name} for path in paths], size=64)
    doodle = bpy.context.object
    before = keys.stored(doodle.doodle_bridge)
    write_picture(paths[1], bar(0.2))
    _update()
    after = keys.stored(doodle.doodle_bridge)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert session.get().encoded == 4


REMAPPED = [
    ({0: 0, 1: 1, 2: 3}, {0.0: 0.0, 1.0: 1.0, 1.5: 2.0, 2.0: 3.0, 2.5: 3.5, -0.5: -0.5}),  # a key was added
    ({0: 0, 2: 1}, {0.0: 0.0, 1.5: 0.75, 2.0: 1.0, 3.0: 2.0}),  # one was removed
    ({1: 0, 2: 1}, {1.0: 0.0, 1.5: 0.5, 0.5: -0.5}),  # the first was removed
    ({}, {1.5: 0.0}),
]


@pytest.mark.parametrize(("survivors", "values"), REMAPPED)
def test_positions_follow_their_keys(survivors: Mapping[int, int], values: Mapping[float, float]) -> None:
    assert {value: remapped(value, survivors) for value in values} == pytest.approx(values)


MATCHED = [
    # old and new keys as frame + content -> which are the same
    ("1a 5b 9c", "1a 5b 9c", {0: 0, 1: 1, 2: 2}),
    ("1a 5b 9c", "1a 9c", {0: 0, 2: 1}),
    ("1a 5b", "1a 3x 5b", {0: 0, 1: 2}),
    ("1a 5b 9c", "1a 6b 9c", {0: 0, 1: 1, 2: 2}),  # moved
    ("1a 5b 9c", "1a 5z 9c", {0: 0, 1: 1, 2: 2}),  # drawn anew
    ("1a 5b 9c", "1a 9c 12b", {0: 0, 2: 1}),  # b moved past c: a new key, or time would run backwards
    ("1a 5b", "2x 6y", {}),
    ("1a 5a 9a", "3a 7a 11a", {0: 0, 1: 1, 2: 2}),  # three alike, all moved
]


@pytest.mark.parametrize(("old", "new", "survivors"), MATCHED)
def test_keys_are_found_again(old: str, new: str, survivors: Mapping[int, int]) -> None:
    def keys_of(text: str, latent: str) -> list[Drawn]:
        return [Drawn(int(one[:-1]), "", one[-1], latent) for one in text.split()]

    found = making.match(keys_of(old, "made"), keys_of(new, ""))
    assert found.survivors == survivors
    for one, other in survivors.items():
        unchanged = old.split()[one][-1] == new.split()[other][-1]
        assert found.drawn[other].latent == ("made" if unchanged else "")
