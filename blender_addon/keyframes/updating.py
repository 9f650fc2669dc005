"""From what a doodle's source shows now to its keys: the work of Update Keys, of the operators that edit one key, and
of following.

`read` says what the source holds, `put` makes it the doodle's keys. Timing that was set by hand stays: every change
says which old key became which new one (`survivors`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from .. import session
from ..live_strokes import copying, own_layers
from ..sources import choice, grease_pencil, images, retiming, styles
from ..sources import space as spaces
from ..sources.choice import Choice
from ..view import framing, hanging, live, placement, plane
from . import correcting, keys, making, partners
from .keys import Drawn

if TYPE_CHECKING:
    from doodle_core.drawing import Picture

    from ..properties import DoodleSettings
    from ..sources.grease_pencil import WorldDrawing
    from ..sources.space import Space
    from ..view.placement import Placement

__all__ = [
    "WHOLE",
    "Found",
    "Outcome",
    "changing",
    "drawing_at",
    "from_strokes",
    "has_strokes",
    "left_out",
    "picture_key",
    "pictures",
    "put",
    "read",
    "refresh",
    "set_left_out",
    "source_of",
    "take_over",
    "update",
]

WHOLE = -1
"""The `cell` of a key that shows a whole picture, whatever sheet the others were cut from."""


@dataclass(frozen=True)
class Found:
    """What the source holds now, on which square; frames of keys whose pictures are empty; one line of warning ('' =
    none); the space that drawings were read in anew, where all were."""

    drawn: list[Drawn]
    square: Placement
    empty: frozenset[int] = frozenset()
    warning: str = ""
    space: Space | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of the keys."""

    changed: int
    added: int
    removed: int
    warning: str = ""

    def __str__(self) -> str:
        return rpt_("{} keys changed, {} added, {} removed").format(self.changed, self.added, self.removed)


def update(context: bpy.types.Context, ob: bpy.types.Object) -> Outcome:
    """Read the whole source again. Raises DoodleError, and then nothing has changed."""
    return take_over(context, ob, read(context, ob.doodle_bridge))


def refresh(context: bpy.types.Context, ob: bpy.types.Object, number: int) -> Outcome:
    """Read the source of one key again; of all, where its ink leaves the square that they share. Raises DoodleError,
    naming what is no longer there, and then nothing has changed."""
    settings = ob.doodle_bridge
    old = keys.stored(settings)
    drawn, square = old[number], placement.load(settings)
    if drawn.path:
        fresh = picture_key(settings, drawn.frame, drawn.path, drawn.cell)
    else:
        shown = drawing_at(context, settings, drawn.frame)
        if not placement.holds(square, [shown]):
            return update(context, ob)
        fresh = _kept(old, keys.Drawn.flat(shown, square))
        fresh = replace(fresh, match=drawn.match, made=drawn.made)
    changed = [*old[:number], fresh, *old[number + 1 :]]
    put(context, ob, changed, {at: at for at in range(len(old))})
    return Outcome(int(fresh.content != drawn.content), 0, 0)


def take_over(context: bpy.types.Context, ob: bpy.types.Object, found: Found) -> Outcome:
    """Make what was found the doodle's keys, old ones found again (`making.match`). Raises DoodleError, and then
    nothing has changed."""
    settings = ob.doodle_bridge
    old = making.sound(keys.stored(settings))
    matched = making.match(old, found.drawn, keep_latents=session.get().model_id == settings.model_id)
    children = set(ob.parent.children if ob.parent else ())
    gone = put(context, ob, matched.drawn, matched.survivors, found.square, space=found.space)
    for key in settings.keys:
        if key.frame in found.empty:
            key.state = "empty"
    removed = len(old) - len(matched.survivors)
    said = [found.warning] if found.warning else []
    if gone:
        said.append(rpt_("{} corrections are gone with their shapes").format(gone))
    aside = [one.name for one in (ob.parent.children if ob.parent else ()) if one not in children]
    if aside:
        said.append(rpt_("The layers that were added to the doodle are in '{}' now").format(aside[0]))
    if matched.changed == len(old) and hanging.moved_apart(ob):
        said.append(
            rpt_("The doodle stands apart from its drawing: clear its parent inverse, location, rotation and scale")
        )
    return Outcome(matched.changed, matched.added, removed, "; ".join(said))


def put(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    drawn: Sequence[Drawn],
    survivors: Mapping[int, int],
    square: Placement | None = None,
    old_frames: Sequence[int] | None = None,
    space: Space | None = None,
) -> int:
    """Give the doodle these keys, encoding those without a latent, and fit its timing (`keys.retime`). What was said by
    hand of shapes stays with them (`correcting.carry`); returns how many corrections are gone with their shapes.

    `square` is where they were flattened, None: where they always were. `old_frames` are those of the keys before, as
    far as they count for the timing. Raises DoodleError when the model cannot be loaded; nothing has changed then.
    """
    settings = ob.doodle_bridge
    before = [key.frame for key in settings.keys] if old_frames is None else old_frames
    said, known = correcting.Before.of(settings), partners.Before.of(ob)
    with changing(context, ob, drawn, square, space):
        keys.retime(ob, before, survivors)
        gone = correcting.carry(settings, said, survivors)
        partners.carry(ob, known, survivors)
    return gone


@contextmanager
def changing(
    context: bpy.types.Context,
    ob: bpy.types.Object,
    drawn: Sequence[Drawn],
    square: Placement | None = None,
    space: Space | None = None,
) -> Iterator[None]:
    """Give the doodle these keys, as `put`; what is done within fits all else to them before it is drawn."""
    settings = ob.doodle_bridge
    if len(drawn) != len(settings.keys):
        keys.refuse_nla(ob)
    chosen = Choice.of(settings).layers
    model_id = session.get().model_id
    if model_id != settings.model_id:  # one doodle, one model: what the other one made is of no use
        made = {(key.latent, key.digest) for key in settings.keys}
        drawn = [replace(one, latent=None) if (one.latent, one.digest) in made else one for one in drawn]
    ready, old = making.encoded(making.sound(drawn), images.Sheet.of(settings).reading()), placement.load(settings)
    window = framing.refitted(settings, ready, anew=square is not None and square != old)
    with live.paused():
        if square is not None:
            if ob.type == "MESH":
                plane.move(ob, old, square)
            placement.store(settings, square)
        if space is not None:
            added = own_layers.added(ob)
            if chosen is not None:
                choice.store(settings, chosen)  # under their present names
            spaces.store(settings, space)
            settings.slots = styles.kept(settings.source)
            if ob.type == "GREASEPENCIL":
                copying.renew(ob, added)
        settings.model_id = model_id
        framing.show(ob, window)
        keys.fill(settings, ready)
        yield
    making.finish(context, ob)


def read(context: bpy.types.Context, settings: DoodleSettings) -> Found:
    """All that the source holds: strokes, and the pictures of keys that come from files. Raises DoodleError, naming
    what is no longer there."""
    shown = pictures(settings)
    if not has_strokes(settings):
        return shown
    source = source_of(context.scene, settings)
    own = spaces.renewed(source, settings)
    drawings = grease_pencil.read_inked(context, source, Choice.of(settings), space=own)
    found = from_strokes(settings, drawings, shown.drawn)
    return replace(found, empty=shown.empty, warning=shown.warning, space=own)


def from_strokes(settings: DoodleSettings, drawings: Sequence[WorldDrawing], among: Sequence[Drawn] = ()) -> Found:
    """Keys of drawings, flattened on the doodle's square or, where they leave it, on a new one, in order with
    the keys `among` them, which come from elsewhere. Raises DoodleError when none is left."""
    from doodle_core.errors import DoodleError

    taken = {one.frame for one in among} | left_out(settings)
    drawings = [one for one in drawings if one.frame not in taken]
    square = placement.load(settings)
    if not placement.holds(square, _by_hand(settings, square, drawings)):
        square = placement.fit(drawings, square.plane.normal)
    drawn = [keys.Drawn.flat(one, square) for one in drawings]
    drawn = sorted([*drawn, *among], key=lambda one: one.frame)
    if not drawn:
        raise DoodleError("the keys of all drawings were removed; add one with Add Key")
    return Found(drawn, square)


def pictures(settings: DoodleSettings) -> Found:
    """The keys that come from picture files, read again. One whose picture is empty now stays as it was. Raises
    DoodleError, naming the file, for one that cannot be read."""
    from doodle_core.drawing import is_empty

    old = [one for one in keys.stored(settings) if one.path]
    cells = _cells(settings, old)
    drawn, empty = [], []
    for one in old:
        drawing = cells[one.path, one.cell]
        if is_empty(drawing):
            empty.append(one.frame)
            drawn.append(one)
        else:
            drawn.append(keys.Drawn.of(one.frame, drawing, one.path, one.cell))
    names = ", ".join(str(frame) for frame in empty)
    warning = f"Nothing is drawn any more in the pictures for frames {names}: their keys stay" if empty else ""
    return Found(drawn, placement.load(settings), frozenset(empty), warning)


def picture_key(settings: DoodleSettings, frame: int, path: str, cell: int = WHOLE) -> Drawn:
    """A key of a picture file, read now. Raises DoodleError, naming the file, where it cannot be read or is empty."""
    from doodle_core.drawing import is_empty
    from doodle_core.errors import DoodleError

    drawing = _cells(settings, [Drawn(frame, "", "", path=path, cell=cell)])[path, cell]
    if is_empty(drawing):
        raise DoodleError(f"{bpy.path.abspath(path)}: there is nothing drawn; choose a picture with ink")
    return keys.Drawn.of(frame, drawing, path, cell)


def drawing_at(context: bpy.types.Context, settings: DoodleSettings, frame: int) -> WorldDrawing:
    """What the source shows on its keyframe at `frame`. Raises DoodleError where there is none."""
    from doodle_core.errors import DoodleError

    source = source_of(context.scene, settings)
    if retiming.is_retimed(source):
        raise DoodleError(f"'{source.name}' has a time modifier: run Update Keys, which reads all keys")
    if frame not in grease_pencil.keyframes(source, Choice.of(settings)):
        raise DoodleError(f"'{source.name}' has no keyframe at frame {frame} any more; remove the key, or draw it anew")
    return grease_pencil.read_inked(context, source, Choice.of(settings), {frame}, spaces.load(settings))[0]


def has_strokes(settings: DoodleSettings) -> bool:
    """Whether keys come from Grease Pencil: from nothing else, or beside pictures."""
    return settings.source is not None or not all(key.path for key in settings.keys)


def source_of(scene: bpy.types.Scene, settings: DoodleSettings) -> bpy.types.Object:
    """The Grease Pencil object that the keys come from. Raises DoodleError when it is not in the scene."""
    from doodle_core.errors import DoodleError

    source = settings.source
    if not grease_pencil.is_grease_pencil(source) or source.name not in scene.objects:
        raise DoodleError(
            "the drawing that the keys were made from is no longer in the scene; the keys stay as they are"
        )
    return source


def left_out(settings: DoodleSettings) -> set[int]:
    """Frames of the source whose keys were removed by hand."""
    return {int(frame) for frame in settings.left_out.split()}


def set_left_out(settings: DoodleSettings, frames: Iterable[int]) -> None:
    settings.left_out = " ".join(str(frame) for frame in sorted(frames))


def _by_hand(settings: DoodleSettings, square: Placement, drawings: Sequence[WorldDrawing]) -> list[WorldDrawing]:
    """The drawings that a hand has drawn or changed. An in-between that became a key may lie beyond the square, as it
    did before; a larger square would make all keys anew for nothing."""
    made = {key.frame: key.digest for key in settings.keys if key.made}
    return [one for one in drawings if made.get(one.frame) != keys.Drawn.flat(one, square).digest]


def _kept(old: Collection[Drawn], fresh: Drawn) -> Drawn:
    """With the latent of the key that it is."""
    return next((replace(fresh, latent=one.latent) for one in old if one.digest == fresh.digest), fresh)


def _cells(settings: DoodleSettings, wanted: Sequence[Drawn]) -> dict[tuple[str, int], Picture]:
    """The drawings of picture keys, by path and cell; every file is read once."""
    sheet = images.Sheet.of(settings)
    whole = replace(sheet, columns=1, rows=1)
    found: dict[tuple[str, int], Picture] = {}
    for path, is_whole in dict.fromkeys((one.path, one.cell == WHOLE) for one in wanted):
        for one in images.read([Path(bpy.path.abspath(path))], whole if is_whole else sheet):
            found[path, WHOLE if is_whole else one.cell] = one.drawing
    return found
