"""Stretches between keys are met before anybody scrubs there."""

from __future__ import annotations

from collections.abc import Callable

import bpy
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.view import warming

Maker = Callable[..., bpy.types.Object]

POSITIONS = [
    (0, False, []),
    (1, True, []),
    (2, False, [0.1, 0.9]),
    (3, False, [0.1, 1.1, 1.9]),
    (3, True, [0.1, 1.1, 2.1]),
]


@pytest.mark.parametrize(("count", "loop", "places"), POSITIONS)
def test_every_stretch_and_every_key_is_met(count: int, loop: bool, places: list[float]) -> None:
    assert warming.positions(count, loop) == pytest.approx(places)


def _request(doodle: bpy.types.Object) -> session.FrameRequest:
    return keys.frame_request(doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), 1.0)


def test_lines_are_matched_in_advance_and_once(make_doodle: Maker) -> None:
    requests = [_request(make_doodle())]
    model = session.get().model
    assert len(model._kept) == 0
    steps = [warming.step(requests) for _ in range(4)]
    assert steps == [True, True, True, False]
    assert len(model._kept) == 2


def test_a_changed_key_is_cold(make_doodle: Maker) -> None:
    doodle = make_doodle()
    while warming.step([_request(doodle)]):
        pass
    doodle.doodle_bridge.source.data.layers[0].frames[1].drawing.strokes[0].points[12].position.z += 0.4
    bpy.ops.doodle_bridge.update_keys()
    assert [warming.step([_request(doodle)]) for _ in range(4)] == [True, True, True, False]


def test_enormous_pictures_are_not_made_in_advance(make_doodle: Maker) -> None:
    doodle = make_doodle(size=8192)
    requests = [_request(doodle)]
    sizes = {request.size for _, request in warming._stretches(requests)}
    assert sizes == {warming.SMALL}
