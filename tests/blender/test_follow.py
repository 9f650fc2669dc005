"""Keys follow their drawing: a moment after the last change, and nothing set by hand is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import bpy
import pytest

from blender_addon import session
from blender_addon.keyframes import follow, keys
from tests.blender.conftest import arc, draw

Maker = Callable[..., bpy.types.Object]

DUE = [
    ({}, 10.0, False, []),
    ({1: 9.9}, 10.0, False, []),
    ({1: 9.5}, 10.0, False, [1]),
    ({1: 9.5, 2: 9.7, 3: 1.0}, 10.0, False, [1, 3]),
    ({1: 9.5}, 10.0, True, []),
]


@pytest.mark.parametrize(("changes", "now", "busy", "names"), DUE)
def test_what_was_left_in_peace_is_due(changes: Mapping[int, float], now: float, busy: bool, names: list[int]) -> None:
    assert follow.due(changes, now, busy) == names


@pytest.fixture
def following(make_doodle: Maker) -> bpy.types.Object:
    doodle = make_doodle()
    doodle.doodle_bridge.follow = True
    bpy.context.view_layer.update()
    return doodle


def _lines(doodle: bpy.types.Object) -> bpy.types.GreasePencilLayer:
    return doodle.doodle_bridge.source.data.layers[0]


def _frames(doodle: bpy.types.Object) -> list[int]:
    return [key.frame for key in doodle.doodle_bridge.keys]


def _keyframes(doodle: bpy.types.Object) -> list[tuple[float, float]]:
    return [(round(p.co.x, 3), round(p.co.y, 3)) for p in keys.position_curve(doodle).keyframe_points]


def _touch(doodle: bpy.types.Object, frame: int = 1, lift: float = 0.2) -> None:
    """A change of a drawing, and Blender's news of it."""
    _lines(doodle).frames[frame].drawing.strokes[0].points[12].position.z -= lift
    _tell(doodle)


def _tell(doodle: bpy.types.Object, now: float = 0.0) -> None:
    """What the handler does in a window."""

    def note(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
        follow.changed(scene, depsgraph, now)

    bpy.app.handlers.depsgraph_update_post.append(note)
    try:
        doodle.doodle_bridge.source.data.update_tag()
        bpy.context.view_layer.update()
    finally:
        bpy.app.handlers.depsgraph_update_post.remove(note)


def _later(now: float = 1.0, busy: bool = False) -> bool:
    return follow.catch_up(bpy.context, now, busy, seconds=60.0)


def test_a_stroke_becomes_the_key_when_it_is_finished(following: bpy.types.Object) -> None:
    before = keys.stored(following.doodle_bridge)
    _touch(following)
    assert _later(now=0.3), "too soon"
    assert _later(now=1.0, busy=True), "a hand is at work"
    assert keys.stored(following.doodle_bridge) == before
    assert not _later(now=1.1)
    after = keys.stored(following.doodle_bridge)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert session.get().encoded == 4
    assert [key.state for key in following.doodle_bridge.keys] == ["fresh"] * 3


def test_each_change_begins_the_wait_anew(following: bpy.types.Object) -> None:
    _touch(following)
    _tell(following, now=0.3)
    assert _later(now=0.6)
    assert session.get().encoded == 3
    assert not _later(now=0.8)
    assert session.get().encoded == 4


def test_it_comes_to_rest(following: bpy.types.Object) -> None:
    """Its own update is a change of the doodle: looked at once more, found fresh, and that is the end."""
    news = []

    def note(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
        follow.changed(scene, depsgraph, 2.0)
        news.append(1)

    _touch(following)
    bpy.app.handlers.depsgraph_update_post.append(note)
    try:
        _later(now=1.0)
        for step in range(5):
            bpy.context.view_layer.update()
            waits = _later(now=3.0 + step)
            seen = len(news)
        bpy.context.view_layer.update()
        assert not waits
        assert len(news) == seen
    finally:
        bpy.app.handlers.depsgraph_update_post.remove(note)
    assert session.get().encoded == 4


def test_without_following_only_the_state_is_told(make_doodle: Maker) -> None:
    doodle = make_doodle()
    before = keys.stored(doodle.doodle_bridge)
    _touch(doodle)
    assert not _later()
    assert keys.stored(doodle.doodle_bridge) == before
    assert [key.state for key in doodle.doodle_bridge.keys] == ["fresh", "stale", "fresh"]


def test_new_keyframes_become_keys_and_timing_stays(following: bpy.types.Object) -> None:
    points = keys.position_curve(following).keyframe_points
    points[1].co.x, points[2].co.x = 21, 61
    draw(_lines(following).frames.new(16), [arc(0.6)])
    _tell(following)
    _later()
    assert _frames(following) == [1, 11, 16, 21]
    assert _keyframes(following) == [(1, 0), (21, 1), (41, 2), (61, 3)]


def test_an_undone_keyframe_goes_where_nothing_was_set_by_hand(following: bpy.types.Object) -> None:
    draw(_lines(following).frames.new(16), [arc(0.6)])
    _tell(following)
    _later()
    _lines(following).frames.remove(16)
    _tell(following)
    _later()
    assert (_frames(following), _keyframes(following)) == ([1, 11, 21], [(1, 0), (11, 1), (21, 2)])


def test_an_erased_drawing_is_a_blank_key_and_keeps_its_time(following: bpy.types.Object) -> None:
    """What was cut away and comes back does not cost the timing."""
    keys.position_curve(following).keyframe_points[1].co.x = 15
    _lines(following).frames[1].drawing.remove_strokes()
    _tell(following)
    _later()
    assert [key.state for key in following.doodle_bridge.keys] == ["fresh"] * 3
    assert len(session.decode_drawing(following.doodle_bridge.keys[1].drawing)) == 0
    draw(_lines(following).frames[1], [arc(0.3)])
    _tell(following)
    _later()
    assert [key.state for key in following.doodle_bridge.keys] == ["fresh"] * 3
    assert _keyframes(following) == [(1, 0), (15, 1), (21, 2)]
    assert session.get().encoded == 5


def test_a_moved_keyframe_is_the_same_key(following: bpy.types.Object) -> None:
    _lines(following).frames.move(11, 14)
    _tell(following)
    _later()
    assert (_frames(following), _keyframes(following)) == ([1, 14, 21], [(1, 0), (14, 1), (21, 2)])
    assert session.get().encoded == 3


def test_a_removed_key_stays_away(following: bpy.types.Object) -> None:
    bpy.ops.doodle_bridge.remove_key(index=1)
    _touch(following, frame=0)
    _later()
    assert _frames(following) == [1, 21]


def test_ink_beyond_the_square(following: bpy.types.Object) -> None:
    side = following.doodle_bridge.canvas_side
    _lines(following).frames[1].drawing.strokes[0].points[0].position.x = -3.0
    _tell(following)
    _later()
    assert following.doodle_bridge.canvas_side > 1.5 * side
    _tell(following)
    _later()
    assert [key.state for key in following.doodle_bridge.keys] == ["fresh"] * 3
    assert session.get().encoded == 6


def test_all_erased_leaves_the_keys(following: bpy.types.Object) -> None:
    for frame in _lines(following).frames:
        frame.drawing.remove_strokes()
    _tell(following)
    assert not _later()
    assert _frames(following) == [1, 11, 21]
    assert [key.state for key in following.doodle_bridge.keys] == ["stale"] * 3
    assert all(len(session.decode_drawing(key.drawing)) for key in following.doodle_bridge.keys)


def test_a_doodle_that_is_removed_meanwhile(following: bpy.types.Object) -> None:
    _touch(following)
    follow.catch_up(bpy.context, 1.0, False, seconds=0.0)  # one drawing is read
    bpy.data.objects.remove(following)
    _later()
    assert not follow._reading


def test_one_of_twenty_follows() -> None:
    from tests.blender.test_live import _twenty

    doodles = _twenty()
    for doodle in doodles:
        doodle.doodle_bridge.follow = True
    bpy.context.view_layer.update()
    before = [keys.stored(doodle.doodle_bridge) for doodle in doodles]
    _touch(doodles[7], lift=0.05)
    _later()
    same = [keys.stored(doodle.doodle_bridge) == one for doodle, one in zip(doodles, before, strict=True)]
    assert [number for number, is_same in enumerate(same) if not is_same] == [7]
