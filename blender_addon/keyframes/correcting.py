"""What the artist says of how keys become one another: kept in the doodle's settings, written into its keys' hints, and
carried along when the keys change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import key_hints, session
from ..sources import space
from ..view import placement

if TYPE_CHECKING:
    from doodle_core.drawing import Drawing

    from ..corrections import DoodleCorrection
    from ..properties import DoodleSettings
    from ..view.placement import Placement

__all__ = [
    "Before",
    "End",
    "add",
    "carry",
    "clear",
    "copy",
    "drawing_of",
    "picked",
    "remove",
    "set_picked",
    "survivor",
    "write",
]

NEAR = 0.03
"""Canvas units: a shape that was drawn anew is found within this of the place that was pointed to."""
SAME = 1e-5
"""Canvas units: a shape whose vertices are moved by less is the same."""
_DRAWINGS_KEPT = 16

_drawings: OrderedDict[tuple[str, str], Drawing] = OrderedDict()


@dataclass(frozen=True)
class End:
    """A shape of a key, and a place on it in canvas units."""

    key: int
    shape: int
    place: tuple[float, float]

    @classmethod
    def on(cls, settings: DoodleSettings, key: int, shape: int) -> End:
        """A shape with a place in its middle. Raises DoodleError where the key has no such shape."""
        from doodle_core.drawing.picking import on_shape
        from doodle_core.errors import DoodleError

        drawing = drawing_of(settings, key)
        if not 0 <= shape < len(drawing):
            raise DoodleError(f"key {key} has no shape {shape}; it has shapes 0 to {len(drawing) - 1}")
        return cls(key, shape, on_shape(drawing, shape))


def drawing_of(settings: DoodleSettings, number: int) -> Drawing:
    """The drawing of a key; of one that is a picture, what was read of it. Raises DoodleError where there is none."""
    from doodle_core.drawing import Drawing
    from doodle_core.errors import DoodleError

    if not 0 <= number < len(settings.keys):
        raise DoodleError(f"there is no key {number}; the doodle has keys 0 to {len(settings.keys) - 1}")
    key = settings.keys[number]
    name = key.latent, key.digest
    if name not in _drawings:
        latent = session.latent_of(key.latent, session.decode_drawing(key.drawing) if key.drawing else None)
        if not isinstance(latent, Drawing):
            raise DoodleError("this model's keys have no lines; use a stroke model")
        _drawings[name] = latent
        while len(_drawings) > _DRAWINGS_KEPT:
            _drawings.popitem(last=False)
    _drawings.move_to_end(name)
    return _drawings[name]


def add(settings: DoodleSettings, kind: str, ends: Sequence[End], layer: str = "") -> DoodleCorrection:
    """Say something more of a doodle: a link has two ends, at neighbouring keys. What a shape was linked to on that
    side before, or that it was left alone, counts no more."""
    if kind == "link":
        _unlink(settings, ends)
    if kind in ("link", "alone"):
        _forget(settings, "link" if kind == "alone" else "alone", ends)
    number = 1 + max((one.number for one in settings.corrections), default=0)
    made = settings.corrections.add()
    made.kind, made.number, made.layer = kind, number, layer
    made.name = f"{kind} {number}"
    _put_ends(made, ends)
    settings.active_correction = len(settings.corrections) - 1
    write(settings)
    return made


def remove(settings: DoodleSettings, index: int) -> None:
    """Take back what was said."""
    settings.corrections.remove(index)
    settings.active_correction = max(0, min(settings.active_correction, len(settings.corrections) - 1))
    write(settings)


def clear(settings: DoodleSettings) -> None:
    """Take back all that was said."""
    settings.corrections.clear()
    settings.active_correction = 0
    write(settings)


def write(settings: DoodleSettings) -> None:
    """Bring the keys' hints up to date with the corrections; only what differs is written."""
    links: dict[int, list[key_hints.End]] = {}
    alone: dict[int, set[int]] = {}
    groups: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    layers = set()
    names = _layer_numbers(settings)
    for one in settings.corrections:
        if one.kind == "alone" and one.layer:
            layers |= {names[one.layer]} if one.layer in names else set()
        elif one.kind == "link":
            for end in one.ends:
                links.setdefault(end.key, []).append(key_hints.End(one.number, end.shape, tuple(end.place)))
        elif one.kind == "alone":
            for end in one.ends:
                alone.setdefault(end.key, set()).add(end.shape)
        else:
            for key in sorted({end.key for end in one.ends}):
                shapes = tuple(sorted({end.shape for end in one.ends if end.key == key}))
                groups.setdefault(key, []).append((one.number, shapes))
    for number, key in enumerate(settings.keys):
        text = key_hints.said_text(
            key_hints.Said(
                tuple(links.get(number, ())),
                tuple(sorted(alone.get(number, ()))),
                tuple(sorted(layers)),
                tuple(groups.get(number, ())),
            )
        )
        if key.hints != text:
            key.hints = text


def _layer_numbers(settings: DoodleSettings) -> dict[str, int]:
    own = space.load(settings)
    return {} if own is None else {name: number for number, name in enumerate(own.names)}


def _put_ends(correction: DoodleCorrection, ends: Iterable[End]) -> None:
    correction.ends.clear()
    for one in ends:
        end = correction.ends.add()
        end.key, end.shape, end.place = one.key, one.shape, one.place


def _ends(correction: DoodleCorrection) -> list[End]:
    return [End(one.key, one.shape, tuple(one.place)) for one in correction.ends]


def _unlink(settings: DoodleSettings, ends: Sequence[End]) -> None:
    """Take out links between the same two keys that have one of these shapes at about the same place."""
    new = {(one.key, one.shape): one.place for one in ends}
    for index in reversed(range(len(settings.corrections))):
        one = settings.corrections[index]
        if one.kind != "link" or {end.key for end in one.ends} != {key for key, _ in new}:
            continue
        for end in one.ends:
            place = new.get((end.key, end.shape))
            if place is not None and max(abs(a - b) for a, b in zip(place, end.place, strict=True)) <= NEAR:
                settings.corrections.remove(index)
                break


def _forget(settings: DoodleSettings, kind: str, ends: Sequence[End]) -> None:
    """Take shapes out of what was said of them that cannot be meant any more."""
    shapes = {(one.key, one.shape) for one in ends}
    for index in reversed(range(len(settings.corrections))):
        one = settings.corrections[index]
        if one.kind == kind and not one.layer:
            kept = [end for end in _ends(one) if (end.key, end.shape) not in shapes]
            if len(kept) < (2 if kind == "link" else 1):
                settings.corrections.remove(index)
            elif len(kept) < len(one.ends):
                _put_ends(one, kept)


def copy(old: DoodleSettings, new: DoodleSettings) -> None:
    """Give one doodle what was said of another with the same keys."""
    new.corrections.clear()
    for one in old.corrections:
        made = new.corrections.add()
        made.name, made.kind, made.number, made.layer = one.name, one.kind, one.number, one.layer
        _put_ends(made, _ends(one))
    write(new)


@dataclass(frozen=True)
class Before:
    """What corrections are about, before the keys change: the drawings by key, and the square that they lie on."""

    drawings: dict[int, Drawing]
    square: Placement

    @classmethod
    def of(cls, settings: DoodleSettings) -> Before:
        from doodle_core.errors import DoodleError

        found = {}
        for number in {end.key for one in settings.corrections for end in one.ends}:
            try:
                found[number] = drawing_of(settings, number)
            except DoodleError:
                continue  # of a damaged key, or of one that is gone, nothing was said
        return cls(found, placement.load(settings))


def carry(settings: DoodleSettings, before: Before, survivors: Mapping[int, int]) -> int:
    """Let corrections follow their shapes into changed keys, which the doodle has already: old numbers of keys that are
    still there become new ones. What was said of shapes that are gone goes; returns how many corrections that were."""
    settings.picked = ""
    square, gone = placement.load(settings), 0
    for index in reversed(range(len(settings.corrections))):
        one = settings.corrections[index]
        if one.layer:
            continue
        old = _ends(one)
        found = [_carried(settings, end, before, square, survivors) for end in old]
        kept = [end for end in found if end is not None]
        if len(kept) < (len(old) if one.kind == "link" else 1):
            settings.corrections.remove(index)
            gone += 1
        elif kept != old:
            _put_ends(one, kept)
    settings.active_correction = max(0, min(settings.active_correction, len(settings.corrections) - 1))
    write(settings)
    return gone


def _carried(
    settings: DoodleSettings, end: End, before: Before, square: Placement, survivors: Mapping[int, int]
) -> End | None:
    from doodle_core.errors import DoodleError

    old, key = before.drawings.get(end.key), survivors.get(end.key)
    if old is None or key is None or end.shape >= len(old):
        return None
    try:
        new = drawing_of(settings, key)
    except DoodleError:
        return None
    if new is old and square == before.square:
        return End(key, end.shape, end.place)
    places = _moved(old.select([end.shape]).points, before.square, square)
    ((x, y),) = _moved([end.place], before.square, square)
    shape = survivor(old, end.shape, new, places, (x, y))
    return None if shape is None else End(key, shape, (x, y))


def survivor(old: Drawing, shape: int, new: Drawing, places: Any, place: tuple[float, float]) -> int | None:
    """The shape of a new drawing that one of an old drawing has become, None where it is gone.

    Parameters
    ----------
    old, new : Drawing
    shape : int
        Its number in the old drawing.
    places : (N, 2)
        Where its vertices are on the new drawing's canvas, if it has not changed.
    place : (2,)
        That which was pointed to, likewise.

    Returns
    -------
    int or None
        One of the same kind whose vertices are at the same places, the one of the same number first; else the nearest
        one, if it is of the same style and layer too and passes near the place.
    """
    import numpy as np

    from doodle_core.drawing.picking import nearest

    def value(drawing: Drawing, name: str) -> Any:
        given = getattr(drawing, name)
        return np.zeros(len(drawing), np.int32) if given is None else given

    alike = new.areas == old.areas[shape]
    counts = np.diff(new.offsets[new.shapes])
    starts = new.offsets[new.shapes[:-1]]
    order = sorted(np.flatnonzero(alike & (counts == len(places))).tolist(), key=lambda one: abs(one - shape))
    for one in order:
        points = new.points[starts[one] : starts[one] + counts[one]]
        if len(places) and np.abs(points - places).max() <= SAME:
            return int(one)
    for name in ("styles", "layers"):
        alike = alike & (value(new, name) == value(old, name)[shape])
    return nearest(new, place, NEAR, alike)


def _moved(points: Any, old: Placement, new: Placement) -> Any:
    """Places on one square's canvas, as they are on another's: (N, 2)."""
    import numpy as np

    if old == new:
        return np.asarray(points, np.float64).reshape(-1, 2)
    in_space = old.plane.lift(old.canvas.from_canvas(points))
    return new.canvas.to_canvas(new.plane.project(in_space))


def picked(settings: DoodleSettings) -> list[tuple[int, int]]:
    """The shapes that were picked in the viewport: keys and numbers, in the order in which they were picked."""
    pairs = (one.partition(":") for one in settings.picked.split())
    there = len(settings.keys)
    return [(int(key), int(shape)) for key, _, shape in pairs if key.isdecimal() and shape.isdecimal()
            and int(key) < there]  # fmt: skip


def set_picked(settings: DoodleSettings, shapes: Iterable[tuple[int, int]]) -> None:
    settings.picked = " ".join(f"{key}:{shape}" for key, shape in dict.fromkeys(shapes))
