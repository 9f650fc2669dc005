"""A doodle's keys and their times: between Blender's properties and F-curves and the plain data that frames are made
of.

The animated number `position` counts keys: 0 at the first, 1 at the second. Its F-curve is the timing, so a key's time
is the frame of the keyframe that has the key's number as its value.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy_extras import anim_utils

from ..layer_keys import layered, layers_text
from ..session import FrameRequest, KeyData, encode_latent
from ..sources import grease_pencil, offsets, space, stencils

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.drawing import Drawing, Shown

    from ..properties import DoodleSettings
    from ..sources.world import WorldDrawing
    from ..view.placement import Placement

__all__ = [
    "POSITION_PATH",
    "Drawn",
    "animate",
    "closing_keyframe",
    "closing_time",
    "data",
    "fill",
    "frame_request",
    "key_times",
    "lags",
    "position_curve",
    "refuse_nla",
    "remapped",
    "retime",
    "stamp_of",
    "stand_at",
    "stored",
    "times_of_keys",
    "wobble_at",
]

POSITION_PATH = "doodle_bridge.position"
NEAR = 1e-3
"""A keyframe stands for key i when its value is within this of i."""
_LAST = 64  # doodles whose keys' data stay ready
# What each doodle's keys were, by its session_uid (unique while Blender runs, across file loads), and the data of them.
_last: dict[int, tuple[list[tuple[float, str, str, str, str, str, str]], tuple[KeyData, ...]]] = {}


@dataclass(frozen=True)
class Drawn:
    """What one key was drawn as: text and numbers ready for `DoodleKey`. `latent` is None where it is not made yet;
    `path` and `cell` say which picture, '' for strokes; `stamp` how its file was when it was read (`stamp_of`);
    `layers` which layers have a keyframe of their own there (`layer_keys`), '' for all; `match` what becomes what on
    the way to the next key, as far as it is known; `made` how it was made of an in-between (`breakdowns.Made`), '' for
    a drawing that never was one."""

    frame: int
    drawing: str
    digest: str
    latent: str | None = None
    path: str = ""
    cell: int = 0
    stamp: str = ""
    layers: str = ""
    match: str = field(default="", compare=False, repr=False)
    made: str = field(default="", compare=False)

    @property
    def content(self) -> str:
        """A name of what strokes show, and of whose keyframe it is."""
        return f"{self.digest} {self.layers}".rstrip()

    @classmethod
    def flat(cls, shown: WorldDrawing, square: Placement) -> Drawn:
        """What a keyframe shows, on a square, without a latent yet. Raises DoodleError for numbers that are not
        finite."""
        from ..view import placement

        layers = layers_text(dict(shown.keyed))
        return replace(cls.of(shown.frame, placement.flatten(shown, square)), layers=layers)

    @classmethod
    def of(cls, frame: int, drawing: Shown, path: str = "", cell: int = 0) -> Drawn:
        """A drawing that has no latent yet."""
        from doodle_core.drawing import digest, to_bytes

        text = base64.b64encode(to_bytes(drawing)).decode("ascii")
        return cls(frame, text, digest(drawing), path=path, cell=cell, stamp=stamp_of(path))

    def with_latent(self, latent: Drawing | np.ndarray) -> Drawn:
        return replace(self, latent=encode_latent(latent, self.digest))


def stamp_of(path: str) -> str:
    """Time and size of a picture file as the .blend names it, to tell whether it may have changed; '' for no file."""
    try:
        found = Path(bpy.path.abspath(path)).stat() if path else None
    except OSError:
        found = None
    return "" if found is None else f"{found.st_mtime_ns} {found.st_size}"


def fill(settings: DoodleSettings, drawn: Sequence[Drawn]) -> None:
    """Replace the doodle's keys by these, in order."""
    settings.keys.clear()
    for one in drawn:
        key = settings.keys.add()
        key.name = f"Frame {one.frame}"
        key.frame, key.drawing, key.digest, key.latent = one.frame, one.drawing, one.digest, one.latent or ""
        key.path, key.cell, key.stamp = one.path, one.cell, one.stamp
        key.layers = one.layers
        key.match, key.made = one.match, one.made
    settings.active_key = max(0, min(settings.active_key, len(drawn) - 1))


def stored(settings: DoodleSettings) -> list[Drawn]:
    """The doodle's keys, as `fill` wrote them."""
    return [
        Drawn(
            key.frame,
            key.drawing,
            key.digest,
            key.latent,
            key.path,
            key.cell,
            key.stamp,
            key.layers,
            key.match,
            key.made,
        )
        for key in settings.keys
    ]


def frame_request(ob: bpy.types.Object, frame: float, size: int | None = None) -> FrameRequest:
    """What the doodle `ob` shows at `frame`, which is the depsgraph's.

    `ob` is an evaluated object (`original.evaluated_get(depsgraph)`): only there are animated values those of the
    depsgraph's frame, during a render too. `size` in pixels a side of the square replaces the doodle's own.
    """
    settings: DoodleSettings = ob.doodle_bridge
    method, loop = settings.method, settings.loop and len(settings.keys) > 1
    times, closed_time = _times(ob, method, loop)
    held = settings.boil > 0 or (settings.stepped and settings.sigma > 0)
    return FrameRequest(
        keys=_key_data(ob, times),
        position=settings.position,
        method=method,
        sigma=settings.sigma,
        seed=settings.seed,
        boil=settings.boil,
        wobble=wobble_at(ob, frame) if held else None,
        stepped=settings.stepped,
        closed_time=closed_time,
        pin=settings.pin,
        line_weight=settings.line_weight,
        softness=settings.softness,
        colour=tuple(settings.colour),
        opacity=settings.opacity,
        drawn_ink=settings.ink == "drawing",
        transform_weight=settings.transform_weight,
        transform_x=settings.transform_x,
        transform_y=settings.transform_y,
        transform_scale=settings.transform_scale,
        transform_rotation=settings.transform_rotation,
        size=settings.size if size is None else size,
        window=tuple(settings.window),
        opacities=_opacities(ob.original, frame),
        stencils=stencils.of_plane(ob.original.doodle_bridge),
        lags=lags(ob.original, frame),
        model_id=settings.model_id,
    )


def lags(ob: bpy.types.Object, frame: float) -> tuple[tuple[int, float], ...]:
    """Where the layers of a doodle are at a frame that come later than the others, or before, by number: where these
    were so many frames ago. Nothing without keyframes of Position in the doodle's own action."""
    settings = ob.doodle_bridge
    if not any(one.frames for one in settings.offsets):
        return ()
    own, curve = space.load(settings), position_curve(ob)
    if own is None or curve is None:
        return ()
    return tuple((number, curve.evaluate(frame - late)) for number, late in offsets.of_layers(settings, own.names))


def _opacities(ob: bpy.types.Object, frame: float) -> tuple[tuple[int, float], ...]:
    """How opaque the layers of a plane's drawing are at a frame, by number, where they are not opaque. Strokes have
    layers of their own, which Blender animates."""
    settings = ob.doodle_bridge
    source = settings.source
    if settings.output != "plane" or not grease_pencil.is_grease_pencil(source):
        return ()
    own = space.load(settings)
    names = () if own is None else own.names
    found = [(number, stencils.opacity(source, name, frame)) for number, name in enumerate(names)]
    return tuple((number, opacity) for number, opacity in found if opacity != 1.0)


def data(ob: bpy.types.Object) -> tuple[KeyData, ...]:
    """The keys of a doodle, as `frame_request` has them."""
    settings = ob.doodle_bridge
    return _key_data(ob, _times(ob, settings.method, settings.loop and len(settings.keys) > 1)[0])


def _times(ob: bpy.types.Object, method: str, loop: bool) -> tuple[list[float], float | None]:
    """The times of a doodle's keys, and when the first returns in a loop, as far as they matter for what is seen.

    Where layers have keyframes of their own, they are in step as they were drawn, however `position` is timed. Else
    only a spline through all keys knows their times; the others see the time of a key in `position` alone.
    """
    kept = ob.doodle_bridge.keys
    if layered(key.layers for key in kept):
        times = [float(key.frame) for key in kept]
        now = key_times(ob)
        return times, times[-1] + closing_time(ob, now) - now[-1] if loop else None
    if method == "cubic":
        times = key_times(ob)
        return times, closing_time(ob, times) if loop else None
    times = list(map(float, range(len(kept))))
    return times, float(len(times)) if loop else None


def _key_data(ob: bpy.types.Object, times: Sequence[float]) -> tuple[KeyData, ...]:
    """The keys of an evaluated object as data: the very ones of the last frame, as long as nothing about them changes.

    They are asked for at every frame, and what is the same object is compared and hashed at once.
    """
    texts = [
        (float(time), key.latent, key.digest, key.drawing, key.match, key.layers, key.hints)
        for time, key in zip(times, ob.doodle_bridge.keys, strict=True)
    ]
    uid = ob.original.session_uid
    before = _last.get(uid)
    if before is not None and before[0] == texts:
        return before[1]
    data = tuple(KeyData(*text) for text in texts)
    if len(_last) >= _LAST:
        _last.clear()
    _last[uid] = texts, data
    return data


def position_curve(ob: bpy.types.Object) -> bpy.types.FCurve | None:
    """The F-curve of `position` in the object's own action, or None (no animation, or it lives in the NLA)."""
    data = ob.animation_data
    if data is None or data.action is None or data.action_slot is None:
        return None
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    return None if bag is None else bag.fcurves.find(POSITION_PATH)


def refuse_nla(ob: bpy.types.Object) -> None:
    """Raises DoodleError where `position` plays in the NLA: its values count keys, and could not follow them there."""
    from doodle_core.errors import DoodleError

    animation = ob.animation_data
    strips = animation is not None and any(len(track.strips) for track in animation.nla_tracks)
    if strips and position_curve(ob) is None:
        raise DoodleError(f"the timing of '{ob.name}' is in the NLA: bring its action back, change keys, push it down")


def key_times(ob: bpy.types.Object) -> list[float]:
    """Time of each key of a doodle, in frames, strictly increasing."""
    curve = position_curve(ob.original)
    return times_of_keys([float(key.frame) for key in ob.doodle_bridge.keys], [] if curve is None else _points(curve))


def closing_keyframe(ob: bpy.types.Object) -> bpy.types.Keyframe | None:
    """The keyframe at which the first key of a loop returns: behind the last key, its value the number of keys."""
    curve, times = position_curve(ob.original), key_times(ob)
    return None if curve is None or not times else _closing(curve, len(times), times[-1])


def _closing(curve: bpy.types.FCurve, count: int, last: float) -> bpy.types.Keyframe | None:
    return next((p for p in curve.keyframe_points if abs(p.co.y - count) <= NEAR and p.co.x > last), None)


def closing_time(ob: bpy.types.Object, times: Sequence[float]) -> float:
    """When the first key of a loop returns, in frames: at its keyframe, else as long after the last key (of `times`)
    as keys are apart on average."""
    point = closing_keyframe(ob)
    return times[-1] + (times[-1] - times[0]) / (len(times) - 1) if point is None else float(point.co.x)


def wobble_at(ob: bpy.types.Object, frame: float) -> int:
    """The number of the wobble that `frame` shows: a new one every `boil_step` frames from the first key on.

    It starts again after `boil_cycle` wobbles and, in a doodle that loops, when the first key returns.
    """
    settings: DoodleSettings = ob.doodle_bridge
    times = key_times(ob)
    passed = math.floor(frame - times[0] + NEAR) if times else math.floor(frame)
    if settings.loop and len(times) > 1:
        passed %= max(1, round(closing_time(ob, times) - times[0]))
    number = passed // settings.boil_step
    return number % settings.boil_cycle if settings.boil_cycle else number


def animate(ob: bpy.types.Object) -> None:
    """One keyframe of `position` for each key, at its source frame, evenly from key to key."""
    settings: DoodleSettings = ob.doodle_bridge
    for number, key in enumerate(settings.keys):
        settings.position = float(number)
        ob.keyframe_insert(POSITION_PATH, frame=key.frame)
    curve = position_curve(ob)
    assert curve is not None  # just made
    for point in curve.keyframe_points:
        point.interpolation = "LINEAR"
    curve.update()


def retime(ob: bpy.types.Object, old_frames: Sequence[int], survivors: Mapping[int, int]) -> None:
    """Fit the timing to changed keys, which `ob` holds already: everything set by hand stays where it is.

    `old_frames` are the source frames of the keys before; `survivors` maps the old numbers of those that are still
    there to their new ones, rising. Keyframes of vanished keys go, values between keys follow their keys, and new keys
    get a keyframe between their neighbours', as their source frames lie. A key that stood at its source frame follows
    when that has moved.
    """
    settings: DoodleSettings = ob.doodle_bridge
    if settings.loop and survivors:  # the first key's return is a key of its own
        survivors = {**survivors, len(old_frames): len(settings.keys)}
    curve = position_curve(ob)
    if curve is None:
        if ob.animation_data is None or ob.animation_data.drivers.find(POSITION_PATH) is None:
            settings.position = remapped(settings.position, survivors)
        return
    points = curve.keyframe_points
    returns = _taken(curve, old_frames) if settings.loop else None
    for index in reversed(range(len(points))):
        number = round(points[index].co.y)
        vanished = 0 <= number < len(old_frames) and number not in survivors
        if not survivors or (vanished and abs(points[index].co.y - number) <= NEAR):
            points.remove(points[index], fast=True)
    frames = [key.frame for key in settings.keys]
    for point in points:
        number = round(point.co.y)
        for height in (point.handle_left, point.handle_right, point.co):
            height.y = remapped(height.y, survivors)
        if number < len(old_frames) and number in survivors and abs(point.co.y - survivors[number]) <= NEAR:
            _follow(point, old_frames[number], frames[survivors[number]])
    known = _points(curve)
    kept = set(survivors.values()) if known else set()
    for number, time in enumerate(times_of_keys(frames, known)):
        if number not in kept:
            points.insert(time, number, options={"FAST"}).interpolation = "LINEAR"
    if returns is not None:
        times = times_of_keys(frames, _points(curve))
        # What is left of the way back after the last key, or, where a new key took its place, as keys are apart.
        when = returns if returns > times[-1] else times[-1] + (times[-1] - times[0]) / max(1, len(times) - 1)
        points.insert(when, len(frames)).interpolation = "LINEAR"
    curve.update()


def stand_at(ob: bpy.types.Object, number: int, time: float) -> None:
    """Move the keyframe of key `number` to `time`, in frames, with its handles; another one there goes. Nothing without
    such a keyframe."""
    curve = position_curve(ob)
    if curve is None:
        return
    points = curve.keyframe_points
    for index in reversed(range(len(points))):
        if abs(points[index].co.x - time) <= NEAR and abs(points[index].co.y - number) > NEAR:
            points.remove(points[index], fast=True)
    for point in points:
        if abs(point.co.y - number) <= NEAR:
            moved = time - point.co.x
            for corner in (point.handle_left, point.handle_right, point.co):
                corner.x += moved
            break
    curve.update()


def _taken(curve: bpy.types.FCurve, frames: Sequence[int]) -> float | None:
    """When a loop's first key returns, its keyframe taken out: the number it stands for is that of a new last key."""
    times = times_of_keys([float(frame) for frame in frames], _points(curve))
    point = _closing(curve, len(times), times[-1]) if times else None
    if point is None:
        return None
    when = float(point.co.x)
    curve.keyframe_points.remove(point)
    return when


def _follow(point: bpy.types.Keyframe, old_frame: int, new_frame: int) -> None:
    if old_frame != new_frame and point.co.x == old_frame:
        for corner in (point.handle_left, point.handle_right, point.co):
            corner.x += new_frame - old_frame


def remapped(value: float, survivors: Mapping[int, int]) -> float:
    """A position counted in old keys, counted in new ones: evenly between two surviving keys, shifted beyond the
    first and last."""
    if not survivors:
        return 0.0
    old = sorted(survivors)
    if value <= old[0]:
        return value + survivors[old[0]] - old[0]
    if value >= old[-1]:
        return value + survivors[old[-1]] - old[-1]
    after = next(i for i in range(1, len(old)) if value <= old[i])
    left, right = old[after - 1], old[after]
    share = (value - left) / (right - left)
    return survivors[left] + share * (survivors[right] - survivors[left])


def _points(curve: bpy.types.FCurve) -> list[tuple[float, float]]:
    import numpy as np

    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return [(float(frame), float(value)) for frame, value in points.reshape(-1, 2)]


def times_of_keys(frames: Sequence[float], keyframes: Sequence[tuple[float, float]]) -> list[float]:
    """Times of K keys from the `(frame, value)` keyframes of `position`.

    Key i stands at the first keyframe whose value is i. A key without one takes its place between its neighbours from
    its source frame, in `frames` (K,), increasing. Where the keyframes run backwards the order of keys in time is lost,
    and the source frames count.
    """
    found: dict[int, float] = {}
    for frame, value in keyframes:
        number = round(value)
        if abs(value - number) <= NEAR and 0 <= number < len(frames):
            found.setdefault(number, frame)
    known = sorted(found)
    times = [found[i] if i in found else _between(i, known, found, frames) for i in range(len(frames))]
    if any(later <= earlier for earlier, later in pairwise(times)):
        return [float(frame) for frame in frames]
    return times


def _between(i: int, known: Sequence[int], found: dict[int, float], frames: Sequence[float]) -> float:
    """Where key i stands when no keyframe says so: as its source frame lies to those of the nearest keys that have
    one."""
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
