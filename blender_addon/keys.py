"""A doodle's keys and their times: between Blender's properties and F-curves and the plain data that frames are made of.

The animated number `position` counts keys: 0 at the first, 1 at the second. Its F-curve is the timing, so a key's time is the frame of
the keyframe that has the key's number as its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import bpy
from bpy_extras import anim_utils

from .session import FrameRequest, KeyData

if TYPE_CHECKING:
    from .properties import DoodleSettings

__all__ = ["POSITION_PATH", "frame_request", "key_times", "position_curve", "times_of_keys"]

POSITION_PATH = "doodle_bridge.position"
NEAR = 1e-3
"""A keyframe stands for key i when its value is within this of i."""


def frame_request(ob: bpy.types.Object, size: int | None = None) -> FrameRequest:
    """What the doodle `ob` shows now. `ob` is an evaluated object (`original.evaluated_get(depsgraph)`): only there are animated values
    those of the depsgraph's frame, during a render too. `size` in pixels replaces the doodle's own."""
    settings: DoodleSettings = ob.doodle_bridge
    times = key_times(ob)
    return FrameRequest(
        keys=tuple(
            KeyData(time, key.latent, key.digest, key.drawing) for time, key in zip(times, settings.keys, strict=True)
        ),
        position=settings.position,
        method=settings.method,
        sigma=settings.sigma,
        seed=settings.seed,
        pin=settings.pin,
        line_weight=settings.line_weight,
        softness=settings.softness,
        colour=tuple(settings.colour),
        size=settings.size if size is None else size,
        model_id=settings.model_id,
    )


def position_curve(ob: bpy.types.Object) -> bpy.types.FCurve | None:
    """The F-curve of `position` in the object's own action, or None (no animation, or it lives in the NLA)."""
    data = ob.animation_data
    if data is None or data.action is None or data.action_slot is None:
        return None
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    return None if bag is None else bag.fcurves.find(POSITION_PATH)


def key_times(ob: bpy.types.Object) -> list[float]:
    """Time of each key of a doodle, in frames, strictly increasing."""
    import numpy as np

    frames = [float(key.frame) for key in ob.doodle_bridge.keys]
    curve = position_curve(ob.original)
    if curve is None or not len(curve.keyframe_points):
        return frames
    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return times_of_keys(frames, [(float(frame), float(value)) for frame, value in points.reshape(-1, 2)])


def times_of_keys(frames: Sequence[float], keyframes: Sequence[tuple[float, float]]) -> list[float]:
    """Times of K keys from the `(frame, value)` keyframes of `position`.

    Key i stands at the first keyframe whose value is i. A key without one takes its place between its neighbours from its source frame,
    in `frames` (K,), increasing. Where the keyframes run backwards the order of keys in time is lost, and the source frames count.
    """
    found: dict[int, float] = {}
    for frame, value in keyframes:
        number = round(value)
        if abs(value - number) <= NEAR and 0 <= number < len(frames):
            found.setdefault(number, frame)
    known = sorted(found)
    times = [found[i] if i in found else _between(i, known, found, frames) for i in range(len(frames))]
    if any(later <= earlier for earlier, later in zip(times, times[1:], strict=False)):
        return [float(frame) for frame in frames]
    return times


def _between(i: int, known: Sequence[int], found: dict[int, float], frames: Sequence[float]) -> float:
    """Where key i stands when no keyframe says so: as its source frame lies to those of the nearest keys that have one."""
    before = max((k for k in known if k < i), default=None)
    after = min((k for k in known if k > i), default=None)
    if before is None and after is None:
        return float(frames[i])
    if before is None or after is None:
        near = after if before is None else before
        assert near is not None
        return found[near] + frames[i] - frames[near]
    share = (frames[i] - frames[before]) / (frames[after] - frames[before])
    return found[before] + share * (found[after] - found[before])
