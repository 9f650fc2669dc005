"""An in-between becomes a key: strokes on the drawing's own layers, with partners that are known on both sides.

What was shown stays: the in-between is written as it is, read back as any key is, and what its contours come from says
what becomes what before it and after it. The timing is cut at it, and put together again when the key is removed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from .. import layer_keys, session
from ..live_strokes import copying
from ..outputs import by_hand, dressing, shapes, stroke_data
from ..sources import choice, grease_pencil, retiming
from ..sources import space as spaces
from ..sources.choice import Choice
from ..view import live, placement
from . import correcting, dividing, keys, partners, updating
from .made import Made, made_of, with_new, without

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.dividing import Division
    from doodle_core.drawing import Drawing
    from doodle_core.film import Pose

    from ..properties import DoodleSettings
    from ..session import FrameRequest
    from ..sources.space import Space

__all__ = ["make", "take_out", "where_needed"]

_NEAR = 1e-3
"""Frames: times nearer than this are the same."""


@dataclass(frozen=True)
class _Plan:
    """What is to be made: the number of the new key and where it is on the way between its neighbours, its source
    frame, what each part of the drawing is there, and the layers that get a keyframe, by number."""

    number: int
    share: float
    frame: int
    parts: tuple[Division, ...]
    layers: Mapping[int, str]


def make(context: bpy.types.Context, ob: bpy.types.Object, favouring: float = 0.0) -> int:
    """Make the in-between at the current frame a key, and give its number.

    Parameters
    ----------
    favouring : float
        -1 to 1: nearer to the key before, or to the key after, than it is shown.

    Raises
    ------
    DoodleError
        Saying why there cannot be one; then nothing has changed.
    """
    settings = ob.doodle_bridge
    source, own = _source(context, settings)
    keys.refuse_nla(ob)
    context.view_layer.update()
    evaluated = ob.evaluated_get(context.evaluated_depsgraph_get())
    scene = context.scene
    request = replace(
        keys.frame_request(evaluated, scene.frame_current_final),
        line_weight=0.0,
        opacity=1.0,
        drawn_ink=True,
    )
    plan, request = _planned(settings, source, own, request, favouring)
    for name in plan.layers.values():
        if source.data.layers[name].lock:
            raise _error(f"the layer '{name}' of '{source.name}' is locked; unlock it first")
    time = dividing.time_of(ob, plan.number - 1 + plan.share, scene.frame_current_final)
    old = keys.stored(settings)
    before = _before(settings, keys.data(ob), plan.parts)
    with live.paused():
        written = _write(ob, source, own, request, plan)
    drawn = keys.Drawn.flat(
        grease_pencil.read_inked(context, source, Choice.of(settings), {plan.frame}, own)[0], placement.load(settings)
    )
    around = old[plan.number - 1].frame, old[plan.number % len(old)].frame
    drawn = replace(drawn, made=Made(plan.share, around, _content(source, plan.frame), before).text)
    said = correcting.Before.of(settings)
    every = with_new([*old[: plan.number], drawn, *old[plan.number :]], plan.number, plan.share)
    with updating.changing(context, ob, every, space=spaces.renewed(source, settings)):
        dividing.divide(ob, plan.number, plan.share, time)
        correcting.carry(settings, said, {at: at + (at >= plan.number) for at in range(len(old))})
        _tell(ob, plan, written)
    updating.set_left_out(settings, updating.left_out(settings) - {plan.frame})
    settings.active_key = plan.number
    return plan.number


def where_needed(ob: bpy.types.Object) -> int:
    """The frame of the timeline where one drawing would help most. Raises DoodleError where none would fit."""
    settings, data = ob.doodle_bridge, keys.data(ob)
    times, curve = keys.key_times(ob), keys.position_curve(ob)
    drawn = [float(key.frame) for key in settings.keys]
    layered = layer_keys.layered(key.layers for key in settings.keys)
    for needed, segment in session.get().needs(data, settings.loop and len(data) > 1):
        if needed <= 0:
            continue
        first, second = segment.first, segment.second
        last = times[second] if second > first else keys.closing_time(ob, times)
        frames = range(math.floor(times[first]) + 1, math.ceil(last))

        def share(frame: int, first: int = first, second: int = second, last: float = last) -> float:
            """How far on its way what is seen there is."""
            if curve is None:
                return (frame - times[first]) / (last - times[first])
            position = curve.evaluate(frame)
            if not layered or second <= first:
                return position - first
            import numpy as np

            when = float(np.interp(position, range(len(drawn)), drawn))
            return (when - drawn[first]) / (drawn[second] - drawn[first])

        inside = [frame for frame in frames if _NEAR < share(frame) < 1 - _NEAR]
        if inside:
            return min(inside, key=lambda frame: (abs(share(frame) - 0.5), frame))
    raise _error("no two drawings have a frame between them where something moves")


def take_out(context: bpy.types.Context, ob: bpy.types.Object, number: int) -> str:
    """Remove a key that was made of an in-between: what was between its neighbours comes back, in its timing. The
    strokes go too, unless a hand has changed them. Gives the line to report."""
    settings = ob.doodle_bridge
    old = keys.stored(settings)
    made = made_of(old[number].made)
    assert made is not None  # `edit_keys` asks first
    frame = old[number].frame
    survivors = {at: at - (at > number) for at in range(len(old)) if at != number}
    said, known = correcting.Before.of(settings), partners.Before.of(ob)
    as_it_was = made.between == (old[number - 1].frame, old[(number + 1) % len(old)].frame)
    with updating.changing(context, ob, without(old, number)):
        if as_it_was:
            dividing.join(ob, number, made.share)
        else:  # other keys have come or gone beside it
            keys.retime(ob, [one.frame for one in old], survivors)
        correcting.carry(settings, said, survivors)
        partners.carry(ob, known, survivors)
        for key in settings.keys:
            lines = made.matches.get(str(key.frame), "")
            key.match = "\n".join([*key.match.splitlines(), *lines.splitlines()])
        partners.close(ob, known, number, survivors)
    if _erase(settings.source, frame, made.content):
        return rpt_("Key {} is removed, and its strokes").format(number)
    updating.set_left_out(settings, updating.left_out(settings) | {frame})
    return rpt_("Key {} is removed; what was drawn there stays at frame {}").format(number, frame)


def _source(context: bpy.types.Context, settings: DoodleSettings) -> tuple[bpy.types.Object, Space]:
    """The drawing that the strokes go to, and the space of the keys. Raises DoodleError where they cannot."""
    if not updating.has_strokes(settings):
        raise _error("this doodle is made of pictures: Bake to Grease Pencil gives strokes, Add Key takes a picture")
    source, own = updating.source_of(context.scene, settings), spaces.load(settings)
    if own is None:
        raise _error("the keys were made by an older version; run Update Keys")
    if source.library is not None or source.data.library is not None:
        raise _error(f"'{source.name}' is linked from another file: make it and its data local, or draw there")
    if retiming.is_retimed(source):
        raise _error(f"'{source.name}' has a time modifier, which would show the strokes elsewhere; apply it first")
    if own.shown and (source.modifiers or any(map(_changes, source.data.layers)) or _moves_layers(source)):
        raise _error(
            f"'{source.name}' is seen through modifiers, or layers that change it, as a picture; "
            "set Output to Strokes first"
        )
    return source, own


def _changes(layer: Any) -> bool:
    """Whether strokes are seen otherwise than they are stored in a layer."""
    seen = layer.opacity != 1 or layer.tint_factor != 0 or layer.radius_offset != 0
    return bool(seen or layer.parent is not None)


def _moves_layers(source: bpy.types.Object) -> bool:
    """Whether a keyframe moves a layer, or changes its strokes."""
    animation = source.data.animation_data
    curves = () if animation is None else copying.curves(animation)
    return any(not curve.data_path.endswith((".hide", ".opacity", ".lock")) for curve in curves)


def _planned(
    settings: DoodleSettings, source: bpy.types.Object, own: Space, request: FrameRequest, favouring: float
) -> tuple[_Plan, FrameRequest]:
    index, share, parts = session.get().divided(request, favouring)
    if not parts:
        why = "with the path Hold nothing is" if request.method == "hold" else "nothing is"
        raise _error(f"{why} between keys at this frame; go to a frame between two drawings")
    following = (index + 1) % len(settings.keys)
    first, last = settings.keys[index].frame, settings.keys[following].frame
    if following == 0:  # the way back of a loop: after the last drawing
        last = first + max(2, round(request.closed_time - request.keys[-1].time if request.closed_time else 12))
    layered = layer_keys.layered(key.layers for key in settings.keys)
    wanted = first + share * (last - first)
    layers = _taking_part(settings, own, parts)
    taken = {frame.frame_number for name in layers.values() for frame in source.data.layers[name].frames} | {
        key.frame for key in settings.keys
    }
    frame = _free(taken, first, last, wanted, exact=layered)
    if layered and abs(frame - wanted) > _NEAR:  # layers keep their times: what is there at that very frame
        request = replace(request, position=index + (frame - first) / (last - first))
        index, share, parts = session.get().divided(request, favouring)
    for part in parts:
        _refuse_pictures(settings, part)
    return _Plan(index + 1, share, frame, tuple(parts), layers), request


def _free(taken: set[int], first: int, last: int, wanted: float, exact: bool) -> int:
    """The frame nearest to the one wanted, strictly between two, that is not taken. Raises DoodleError where there is
    none; exact: it must be the nearest of all."""
    every = sorted(range(first + 1, last), key=lambda frame: (abs(frame - wanted), frame))
    free = next((frame for frame in (every[:1] if exact else every) if frame not in taken), None)
    if not every:
        raise _error(
            f"the drawings at frames {first} and {last} stand next to each other: move one on the drawing's own "
            "timeline, and run Update Keys"
        )
    if free is None:
        raise _error(f"the drawing has a keyframe at frame {every[0]} that is no key; delete it, or run Update Keys")
    return free


def _taking_part(settings: DoodleSettings, own: Space, parts: Sequence[Division]) -> dict[int, str]:
    """The names of the layers that get a keyframe, by number."""
    found: dict[int, str] = {}
    chosen = set(grease_pencil.layer_names(settings.source, Choice.of(settings)))
    for part in parts:
        layers = part.segment.layers
        if layers is None:
            types = layer_keys.types_of(settings.keys[part.segment.first].layers)
            layers = frozenset(range(len(own.names)) if types is None else types)
        found |= {number: own.names[number] for number in layers if number < len(own.names)}
    gone = [name for name in found.values() if name not in settings.source.data.layers]
    if gone:
        raise _error(f"'{settings.source.name}' has no layer '{gone[0]}' any more; run Update Keys")
    return {number: name for number, name in sorted(found.items()) if name in chosen}


def _refuse_pictures(settings: DoodleSettings, part: Division) -> None:
    for number in (part.segment.first, part.segment.second):
        if settings.keys[number].path:
            raise _error(f"key {number} is a picture: only between strokes an in-between becomes strokes")


def _before(settings: DoodleSettings, data: Any, parts: Sequence[Division]) -> dict[str, str]:
    """What becomes what now between the keys around, by the frame of the first."""
    found: dict[str, list[str]] = {}
    for part in parts:
        spans = session.get().spans(data, part.segment)
        if spans is not None:
            frame = str(settings.keys[part.segment.first].frame)
            found.setdefault(frame, []).append(session.get().told(data, part.segment, spans))
    return {frame: "\n".join(lines) for frame, lines in found.items()}


@dataclass(frozen=True)
class _Written:
    """The strokes of one part: for each of the pose's contours, where it was written (layer's number, stroke, whether
    as an area)."""

    places: Mapping[tuple[int, int, bool], int]


def _write(
    ob: bpy.types.Object, source: bpy.types.Object, own: Space, request: FrameRequest, plan: _Plan
) -> list[_Written]:
    settings = ob.doodle_bridge
    dress = dressing.finished(dressing.of_slots(settings, source), request)
    ready = [(part, shapes.dressed(part.pose, dress)) for part in plan.parts]
    kind = "KEYFRAME" if settings.exclude_breakdowns else "BREAKDOWN"  # else it would be no key
    dress.palette.complete(source)
    for number, name in plan.layers.items():
        strokes = next(
            (some for part, some in ready if part.segment.layers is None or number in part.segment.layers),
            stroke_data.nothing(),
        )
        there = strokes.on_layer(number).placed(dressing.place(ob, own, name))
        stroke_data.write(source.data.layers[name], plan.frame, kind, there)
    source.data.update_tag()
    return [_Written(_places(part.pose)) for part in plan.parts]


def _places(pose: Pose) -> dict[tuple[int, int, bool], int]:
    """For each stroke that a pose is written as, by its layer's number, its number on that layer and whether it is
    meant as an area, the contour of the pose that it is."""
    drawing, parts = pose.drawing, shapes.pieces(pose.drawing)
    found: dict[tuple[int, int, bool], int] = {}
    counts: dict[int, int] = {}
    within: dict[int, int] = {}
    for contour, area, line in zip(parts.contours.tolist(), parts.areas.tolist(), parts.lines.tolist(), strict=True):
        layer = int(drawing.layers[line if line >= 0 else area])
        stroke = counts.get(layer, 0)
        counts[layer] = stroke + 1
        if line >= 0:
            found[layer, stroke, False] = contour
        if area >= 0:
            own = range(drawing.shapes[area], drawing.shapes[area + 1])
            wide = [one for one in own if drawing.offsets[one + 1] - drawing.offsets[one] > 2]
            found[layer, stroke, True] = wide[within.get(area, 0)]
            within[area] = within.get(area, 0) + 1
    return found


def _tell(ob: bpy.types.Object, plan: _Plan, written: Sequence[_Written]) -> None:
    """Keep what becomes what on either side of the new key, which the doodle has already."""
    data = keys.data(ob)
    segments = session.get().segments(data)
    for part, own in zip(plan.parts, written, strict=True):
        layers = part.segment.layers
        before = next((one for one in segments if one.second == plan.number and one.layers == layers), None)
        after = next((one for one in segments if one.first == plan.number and one.layers == layers), None)
        if before is None or after is None:
            continue  # layers part in another way than before: they are matched anew
        stored: Any = before.keys[1].latent
        names = _names(ob.doodle_bridge, part.pose, own, stored, plan.frame)
        spans = None if names is None else part.spans(stored, names.tolist())
        if spans is not None:
            partners.add(ob, data, before, spans[0])
            partners.add(ob, data, after, spans[1])


def _names(
    settings: DoodleSettings, pose: Pose, own: _Written, stored: Drawing, frame: int
) -> NDArray[np.int64] | None:
    """The number that each contour of a pose has in the drawing that was read back; None where that is another one."""
    import numpy as np

    own_space = spaces.load(settings)
    assert own_space is not None  # `_source`
    source, names = settings.source, own_space.names
    answer = np.full(len(pose.drawing.offsets) - 1, -1)
    at = 0
    for number in np.unique(stored.layers).tolist():
        strokes, areas = grease_pencil.contours_of_strokes(source, names[number], frame)
        for stroke, area in zip(strokes.tolist(), areas.tolist(), strict=True):
            contour = own.places.get((number, stroke, area))
            if contour is not None:
                answer[contour] = at
            at += 1
    return answer if at == len(stored.offsets) - 1 else None


def _keyframes(source: bpy.types.Object, frame: int) -> list[tuple[Any, Any]]:
    """The layers of a drawing, but those of baked in-betweens, that have a keyframe there, and these."""
    layers = [source.data.layers[name] for name in choice.available(source)]
    return [(layer, one) for layer in layers for one in layer.frames if one.frame_number == frame]


def _content(source: bpy.types.Object, frame: int) -> str:
    """A name of the strokes of all keyframes of a drawing at a frame."""
    return " ".join(by_hand.digest(one.drawing) for _, one in _keyframes(source, frame))


def _erase(source: bpy.types.Object | None, frame: int, content: str) -> bool:
    """Delete the keyframes that were made at a frame; False, and nothing is deleted, where a hand has changed them."""
    if source is None or source.data.library is not None or _content(source, frame) != content:
        return False
    with live.paused():
        for layer, _ in _keyframes(source, frame):
            layer.frames.remove(frame)
    source.data.update_tag()
    return True


def _error(line: str) -> Exception:
    from doodle_core.errors import DoodleError

    return DoodleError(line)
