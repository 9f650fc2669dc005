"""What a doodle shows at other frames than the one that the scene stands at."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy
from bpy_extras import anim_utils

from ..keyframes import keys
from ..session import FrameRequest
from ..sources import offsets, space

__all__ = ["Timed", "plain"]

_ANIMATED = (
    *("position", "sigma", "seed", "boil", "transform_weight", "transform_x", "transform_y", "transform_scale"),
    "transform_rotation",
)
_PREFIX = "doodle_bridge."


def plain(request: FrameRequest) -> FrameRequest:
    """The same without what makes no difference to a drawing's lines: two that differ in it alone are equal."""
    return replace(
        request,
        pin=1.0,
        line_weight=0.0,
        softness=0.0,
        colour=(0.0, 0.0, 0.0, 1.0),
        opacity=1.0,
        drawn_ink=False,
        size=512,
        window=(0.0, 0.0, 1.0, 1.0),
        opacities=(),
    )


@dataclass(frozen=True)
class Timed:
    """A doodle's animation: what changes from frame to frame.

    Parameters
    ----------
    ob : the original object
    now : FrameRequest
        At the frame that the scene stands at, plain.
    curves : of each animated value its name and F-curve
    still : bool
        Whether the shakes of sigma and boil are left out.
    late : pairs of int and float
        Layers that are where they were so many frames ago, by number.
    """

    ob: bpy.types.Object
    now: FrameRequest
    curves: tuple[tuple[str, Any], ...]
    still: bool = False
    late: tuple[tuple[int, float], ...] = ()

    @classmethod
    def of(cls, ob: bpy.types.Object, now: FrameRequest, still: bool = False) -> Timed:
        now = plain(now)
        if still:
            now = replace(now, sigma=0.0, boil=0.0, wobble=None, stepped=False)
        return cls(ob, now, _curves(ob), still, _late(ob))

    def values(self, frame: float) -> tuple[float, ...]:
        """The animated values at a frame."""
        return tuple(curve.evaluate(frame) for _, curve in self.curves)

    def drawing(self, frame: float) -> Hashable:
        """What tells the drawing of a frame from others of this doodle: quicker than asking for it."""
        wobble = None if self.now.wobble is None else keys.wobble_at(self.ob, frame)
        return self.values(frame), wobble, self._lags(frame)

    def at(self, frame: float) -> FrameRequest:
        """What is shown at a frame. Values that are driven, or animated in the NLA, are those of now."""
        values: dict[str, Any] = dict(zip((name for name, _ in self.curves), self.values(frame), strict=True))
        if "seed" in values:
            values["seed"] = max(0, round(values["seed"]))
        if self.still:
            for name in ("sigma", "boil"):
                values.pop(name, None)
        elif self.now.wobble is not None:
            values["wobble"] = keys.wobble_at(self.ob, frame)
        return replace(self.now, lags=self._lags(frame), **values)

    def _lags(self, frame: float) -> tuple[tuple[int, float], ...]:
        """As `keys.lags`, and quicker."""
        curve = next((curve for name, curve in self.curves if name == "position"), None)
        return () if curve is None else tuple((number, curve.evaluate(frame - late)) for number, late in self.late)

    def reach(self, scene: bpy.types.Scene) -> tuple[int, int]:
        """The first and last frame at which something else may be seen than before or after: those of the keys, or,
        without keyframes of Position, of the scene."""
        curve = next((curve for name, curve in self.curves if name == "position"), None)
        if curve is None:
            return scene.frame_start, scene.frame_end
        first, last = curve.range()
        return round(first), round(last)


def _late(ob: bpy.types.Object) -> tuple[tuple[int, float], ...]:
    settings = ob.doodle_bridge
    own = space.load(settings) if any(one.frames for one in settings.offsets) else None
    return () if own is None else tuple(offsets.of_layers(settings, own.names))


def _curves(ob: bpy.types.Object) -> tuple[tuple[str, Any], ...]:
    data = ob.animation_data
    if data is None or data.action is None or data.action_slot is None:
        return ()
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    found: Sequence[Any] = () if bag is None else bag.fcurves
    return tuple(
        (name, curve)
        for curve in found
        if curve.data_path.startswith(_PREFIX) and (name := curve.data_path.removeprefix(_PREFIX)) in _ANIMATED
    )
