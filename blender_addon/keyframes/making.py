"""From drawings to a doodle object: encoding, keys, animation. What every source shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import bpy

from .. import editors, session
from ..live_strokes import copying
from ..properties import doodles
from ..sources import choice, grease_pencil, styles
from ..sources import space as spaces
from ..sources.choice import Choice
from ..view import framing, hanging, live, placement, plane, sizing, stacking, warming
from . import keys

if TYPE_CHECKING:
    from doodle_core.reading.settings import Reading

    from ..sources.space import Space
    from ..view.placement import Placement
    from .keys import Drawn

__all__ = ["Origin", "encoded", "finish", "make", "match", "sound"]

_TOGETHER = 2
"""So many more drawings are found again in their order than at their frames where keyframes were moved together; two
drawings that change places are not."""
SMALLEST = 16
"""Pixels a side, at least, as the doodle's property has it."""


@dataclass(frozen=True)
class Origin:
    """The drawing that a doodle is made of, what of it; and what the doodle is to be: "strokes" or a "plane"."""

    source: bpy.types.Object
    choice: Choice
    space: Space
    output: str

    @property
    def hook(self) -> hanging.Hook:
        return hanging.Hook(self.source, self.space)

    def collections(self, context: bpy.types.Context) -> Sequence[bpy.types.Collection]:
        """Those of the source, which the doodle goes to: the first for a plane."""
        return self.source.users_collection or (context.scene.collection,)

    def note(self, ob: bpy.types.Object, square: Placement) -> None:
        """Let a new doodle remember where its keys come from, and hang on that."""
        settings = ob.doodle_bridge
        settings.source, settings.exclude_breakdowns = self.source, bool(self.choice.excluded)
        choice.store(settings, grease_pencil.layer_names(self.source, self.choice))
        spaces.store(settings, self.space)
        settings.slots = styles.kept(self.source)
        hanging.hang(ob, self.hook, square if ob.type == "MESH" else None)


def encoded(drawn: Sequence[Drawn], reading: Reading | None = None) -> list[Drawn]:
    """The same with latents: those that have none are encoded in one batch. `reading`: how pictures are read. Raises
    DoodleError when the model cannot be loaded."""
    wanting = [one for one in drawn if one.latent is None]
    if not wanting:
        return list(drawn)
    latents = iter(session.get().encode([session.decode_drawing(one.drawing) for one in wanting], reading))
    return [one if one.latent is not None else one.with_latent(next(latents)) for one in drawn]


def make(
    context: bpy.types.Context,
    name: str,
    drawn: Sequence[Drawn],
    square: Placement,
    size: int,
    place: bpy.types.Collection | Origin,
    reading: Reading | None = None,
) -> bpy.types.Object:
    """A new doodle object with these keys (encoded here), animated, selected and active; in front of the doodles that
    stand in its plane. Its square has `size` pixels a side, 0: as many as the render shows of it; its picture is the
    part of it where the drawing goes (`framing`). `place`: where it is linked to, or what it is made of. `reading`: how
    pictures are read. Until the model has answered nothing is made.

    Raises DoodleError when the model cannot be loaded.
    """
    ready = encoded(drawn, reading)
    model_id = session.get().model_id
    with live.paused():
        origin = place if isinstance(place, Origin) else None
        stands = square if origin is None else hanging.in_world(square, origin.hook)
        side = max(size, SMALLEST) if size else sizing.pixels(context, stands)
        if origin is not None and origin.output == "strokes":
            ob = copying.create(origin.source, origin.choice, name, origin.collections(context))
            ob.doodle_bridge.size = side
        else:
            collection = place if origin is None else origin.collections(context)[0]
            assert isinstance(collection, bpy.types.Collection)
            window = framing.chosen(ready, side)
            lift = stacking.in_front(stands, doodles(context.scene.objects))
            ob = plane.create(name, collection, plane.Sheet(square, window, lift), side)
        settings = ob.doodle_bridge
        if origin is not None:
            origin.note(ob, square)
        settings.model_id = model_id
        placement.store(settings, square)
        keys.fill(settings, ready)
        settings.is_doodle = True
        keys.animate(ob)
        if ob.type == "GREASEPENCIL":
            assert origin is not None
            copying.animate_alike(origin.source, ob)
        for other in context.selected_objects:
            other.select_set(False)
        ob.select_set(True)
        context.view_layer.objects.active = ob
    finish(context, ob)
    editors.show_keyframes(context, drawings=False)
    return ob


def finish(context: bpy.types.Context, ob: bpy.types.Object) -> None:
    """Show the doodle as it is now, after its keys or timing were changed."""
    curve = keys.position_curve(ob)
    if curve is not None:
        ob.doodle_bridge.position = curve.evaluate(context.scene.frame_current_final)
    ob.update_tag()
    context.view_layer.update()  # ends in live's handler
    warming.start()
    editors.show_pictures(context)


def sound(drawn: Sequence[Drawn]) -> list[Drawn]:
    """The same without latents that the loaded model cannot have made: damaged texts, or those of another kind or
    size."""
    from doodle_core.errors import DoodleError

    def fits(one: Drawn) -> bool:
        if one.latent is None:
            return False
        try:
            latent = session.latent_of(one.latent, session.decode_drawing(one.drawing))
        except DoodleError:
            return False
        return session.get().takes(latent)

    return [one if fits(one) else replace(one, latent=None) for one in drawn]


@dataclass(frozen=True)
class Match:
    """How new drawings answer to stored keys: `survivors` maps old numbers to new ones, both rising; `drawn` are the
    new keys, with the latents of those whose drawing is unchanged."""

    drawn: list[Drawn]
    survivors: dict[int, int]

    @property
    def changed(self) -> int:
        """Survivors that were drawn anew."""
        return sum(self.drawn[new].latent is None for new in self.survivors.values())

    @property
    def added(self) -> int:
        return len(self.drawn) - len(self.survivors)


def match(old: Sequence[Drawn], new: Sequence[Drawn], keep_latents: bool = True) -> Match:
    """Find the stored keys again in what is drawn now: by source frame, else (a keyframe that was moved) by what is
    drawn; that comes first where keyframes were moved together, to frames that others had.

    `keep_latents` False has every drawing encoded again: another model made the stored latents.
    """
    by_frame = {one.frame: number for number, one in enumerate(new)}
    survivors = {number: by_frame[one.frame] for number, one in enumerate(old) if one.frame in by_frame}
    drawings = [one.digest for one in old], [one.digest for one in new]
    stayed = sum(drawings[0][number] == drawings[1][at] for number, at in survivors.items())
    moved = _in_order(*drawings)
    if len(moved) >= stayed + _TOGETHER:
        rest = {number: at for number, at in survivors.items() if number not in moved and at not in moved.values()}
        survivors = moved | {number: at for number, at in rest.items() if _rising(moved, number, at)}
    free = [number for number in range(len(new)) if number not in survivors.values()]
    for number, one in enumerate(old):
        if number not in survivors:
            found = next((i for i in free if new[i].digest == one.digest and _rising(survivors, number, i)), None)
            if found is not None:
                survivors[number] = found
                free.remove(found)
    survivors = dict(sorted(survivors.items()))
    latents = {new_number: old[number] for number, new_number in survivors.items()}
    drawn = []
    for number, one in enumerate(new):
        before = latents.get(number)
        if before is not None:
            one = replace(one, match=before.match, made=before.made)
        if keep_latents and before is not None and before.digest == one.digest:
            one = replace(one, latent=before.latent)
        drawn.append(one)
    return Match(drawn, survivors)


def _in_order(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Where drawings, by name, come again in the same order."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.a + k: block.b + k for block in blocks for k in range(block.size)}


def _rising(survivors: dict[int, int], old: int, new: int) -> bool:
    """Whether adding old -> new keeps the order of keys."""
    return all((one < old) == (other < new) for one, other in survivors.items())
