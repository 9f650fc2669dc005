"""Line boil and loops in Blender: wobbles are held as long as told, on keys and still drawings too, and rounds join."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from tests.blender.conftest import arc, picture_of
from tests.blender.test_live import expected, read, same, stage

Maker = Callable[..., bpy.types.Object]
Request = session.FrameRequest


def ink_at(doodle: bpy.types.Object, frame: float) -> np.ndarray:
    bpy.context.scene.frame_set(int(np.floor(frame)), subframe=frame % 1)
    return picture_of(doodle)[..., 3].copy()


def request_at(doodle: bpy.types.Object, frame: int) -> Request:
    bpy.context.scene.frame_set(frame)
    return keys.frame_request(doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), frame)


def unlike(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(one - other).mean() > 1e-3)


def loop(doodle: bpy.types.Object, closes: int, **settings: object) -> None:
    """The doodle goes round for ever: its first key returns at frame `closes`."""
    bridge = doodle.doodle_bridge
    bridge.loop = True
    for name, value in settings.items():
        setattr(bridge, name, value)
    curve = keys.position_curve(doodle)
    assert curve is not None
    curve.keyframe_points.insert(closes, len(bridge.keys)).interpolation = "LINEAR"
    curve.modifiers.new("CYCLES")
    curve.update()


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("method", ["spherical", "hold"])
def test_a_still_drawing_boils_and_each_wobble_is_held(make_doodle: Maker, step: int, method: str) -> None:
    doodle = make_doodle({5: [arc(1.0)]})
    bridge = doodle.doodle_bridge
    bridge.method, bridge.boil_step = method, step
    still = ink_at(doodle, 5)
    assert np.array_equal(ink_at(doodle, 6), still)
    bridge.boil = 0.3
    frames = range(5 - 2 * step, 5 + 4 * step)
    inks = [ink_at(doodle, frame) for frame in frames]
    wobbles = [inks[i : i + step] for i in range(0, len(inks), step)]
    for held in wobbles:
        assert all(np.array_equal(ink, held[0]) for ink in held)
        assert unlike(held[0], still)
    for before, after in pairwise(wobbles):
        assert unlike(before[0], after[0])
    # In any order, and between two frames: what is held is held.
    assert np.array_equal(ink_at(doodle, 5 + 2 * step), wobbles[4][0])
    assert np.array_equal(ink_at(doodle, 5 + 3 * step - 0.5), wobbles[4][0])


def test_keys_and_in_betweens_boil_alike(make_doodle: Maker) -> None:
    doodle = make_doodle()
    stills = {frame: ink_at(doodle, frame) for frame in (1, 2, 6, 11, 21, 40)}
    doodle.doodle_bridge.boil = 0.3
    for frame, still in stills.items():
        assert 1e-3 < np.abs(ink_at(doodle, frame) - still).mean() < 0.1


def test_a_cycle_of_wobbles_returns(make_doodle: Maker) -> None:
    doodle = make_doodle({1: [arc(1.0)]})
    bridge = doodle.doodle_bridge
    bridge.boil, bridge.boil_step, bridge.boil_cycle = 0.3, 2, 3
    inks = [ink_at(doodle, frame) for frame in range(1, 13)]
    for number in range(6):
        assert np.array_equal(inks[number], inks[number + 6])
    assert unlike(inks[0], inks[2]) and unlike(inks[2], inks[4]) and unlike(inks[4], inks[0])
    assert np.array_equal(ink_at(doodle, -5), inks[0])
    bridge.boil_cycle = 0
    assert unlike(ink_at(doodle, 7), inks[6])


def test_sigma_flows_or_is_held(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bridge = doodle.doodle_bridge
    bridge.sigma, bridge.boil_step = 0.5, 4
    flowing = request_at(doodle, 6)
    assert flowing.wobble is None
    bridge.stepped = True
    held = [request_at(doodle, frame) for frame in (5, 6, 8, 9)]
    assert [request.wobble for request in held] == [1, 1, 1, 2]
    bridge.method = "hold"  # the same drawing all the way: what changes is the shake, as strong as at its place
    inks = [ink_at(doodle, frame) for frame in (5, 7, 9)]
    assert unlike(inks[0], inks[2])
    bridge.stepped = False
    assert unlike(ink_at(doodle, 7), inks[1])
    assert np.array_equal(ink_at(doodle, 11), expected(doodle, 1.0, sigma=0.0)[..., 3])  # keys are keys


@pytest.mark.parametrize("method", ["linear", "spherical", "cubic", "hold"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sigma": 0.5},
        {"boil": 0.3, "boil_step": 4},  # does not divide thirty
        {"boil": 0.3, "boil_step": 3, "boil_cycle": 4, "sigma": 0.5, "stepped": True},
    ],
)
def test_the_rounds_of_a_loop_join(make_doodle: Maker, method: str, settings: dict[str, object]) -> None:
    doodle = make_doodle()
    loop(doodle, 31, method=method, **settings)
    for frame in (1, 2, 5, 11, 24, 29, 30):
        first = ink_at(doodle, frame)
        for later in (30, 60, -30):
            np.testing.assert_allclose(ink_at(doodle, frame + later), first, atol=2e-3)
    # On its way home it is neither the last key nor the first.
    if method != "hold":
        home = ink_at(doodle, 26)
        assert unlike(home, ink_at(doodle, 21)) and unlike(home, ink_at(doodle, 31))


def test_the_number_of_keys_as_position_is_the_first_key(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.animation_data_clear()
    bridge = doodle.doodle_bridge
    inks = {}
    for position in (0.0, 2.0, 3.0, 2.5, -0.5):
        for closed in (False, True):
            bridge.loop, bridge.position = closed, position
            bpy.context.view_layer.update()
            inks[position, closed] = picture_of(doodle)[..., 3].copy()
    assert np.array_equal(inks[3.0, True], inks[0.0, False])
    assert np.array_equal(inks[3.0, False], inks[2.0, False])  # without a loop the way has an end
    np.testing.assert_allclose(inks[2.5, True], inks[-0.5, True], atol=1e-4)
    assert unlike(inks[2.5, True], inks[2.0, True])


def test_a_cubic_loop_knows_when_it_closes(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.doodle_bridge.method, doodle.doodle_bridge.loop = "cubic", True
    assert request_at(doodle, 1).closed_time == 31.0  # as keys are apart on average
    loop(doodle, 45)
    assert request_at(doodle, 1).closed_time == 45.0
    doodle.doodle_bridge.loop = False
    assert request_at(doodle, 1).closed_time is None


def test_a_loop_of_one_key_is_that_key(make_doodle: Maker) -> None:
    doodle = make_doodle({1: [arc(1.0)]})
    still = ink_at(doodle, 1)
    doodle.doodle_bridge.loop = True
    assert np.array_equal(ink_at(doodle, 9), still)


CHANGES = {
    "boil": (0.1, 0.5, {"boil": 0.1}),
    "boil_step": (1, 7, {"wobble": 10}),
    "boil_cycle": (2, 5, {"wobble": 1}),
    "seed": (0, 3, {"seed": 0}),
}
"""Values half-way and at a key, and what the key's request would be with the first."""


@pytest.mark.parametrize("name", CHANGES)
def test_boil_animates_and_each_rendered_frame_has_its_own(name: str, make_doodle: Maker, tmp_path: Path) -> None:
    """One frame half-way, one on a key."""
    doodle = make_doodle()
    bridge, scene = doodle.doodle_bridge, bpy.context.scene
    bridge.boil, bridge.boil_step = 0.3, 2
    *values, unchanged = CHANGES[name]
    for frame, value in zip((6, 11), values, strict=True):
        setattr(bridge, name, value)
        assert doodle.keyframe_insert(f"doodle_bridge.{name}", frame=frame)
    for frame, value in zip((6, 11), values, strict=True):
        scene.frame_set(frame)
        evaluated = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()).doodle_bridge
        assert getattr(evaluated, name) == pytest.approx(value)
    inks = {frame: ink_at(doodle, frame) for frame in (6, 11)}
    scene.frame_set(11)
    assert unlike(inks[11], expected(doodle, 1.0, **unchanged)[..., 3])

    stage(doodle, "CYCLES")
    scene.frame_set(1)
    scene.frame_start, scene.frame_end, scene.frame_step = 6, 11, 5
    scene.render.filepath = f"{tmp_path}/"
    bpy.ops.render.render(animation=True)
    for frame, ink in inks.items():
        assert same(read(tmp_path / f"{frame:04d}.png"), ink, "CYCLES"), f"frame {frame}"


@pytest.mark.parametrize("name", ["stepped", "loop"])
def test_switches_take_keyframes(name: str, make_doodle: Maker) -> None:
    doodle = make_doodle()
    bridge = doodle.doodle_bridge
    bridge.sigma = 0.5
    for frame, value in ((1, False), (15, True)):
        setattr(bridge, name, value)
        assert doodle.keyframe_insert(f"doodle_bridge.{name}", frame=frame)
    before, after = request_at(doodle, 14), request_at(doodle, 15)
    if name == "loop":
        assert (before.closed_time, after.closed_time) == (None, 3.0)
    else:
        assert (before.wobble, after.wobble) == (None, 7)


def test_without_boil_nothing_has_changed(make_doodle: Maker) -> None:
    """A wobble's number alone changes no pixel, and is not even asked for."""
    doodle = make_doodle()
    bpy.context.scene.frame_set(6)
    still = picture_of(doodle)[..., 3].copy()
    assert request_at(doodle, 6).wobble is None
    doodle.doodle_bridge.boil_step, doodle.doodle_bridge.boil_cycle = 1, 3
    assert np.array_equal(ink_at(doodle, 6), still)
