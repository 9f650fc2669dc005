"""From drawings to a doodle object: encoding, keys, animation. What every source shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import bpy

from .. import editors, session
from ..properties import doodles
from ..view import live, placement, plane, sizing, stacking, warming
from . import keys

if TYPE_CHECKING:
    from ..view.placement import Placement
    from .keys import Drawn

__all__ = ["encoded", "finish", "make", "match", "sound"]

SMALLEST = 16
"""Pixels a side, at least, as the doodle's property has it."""


def encoded(drawn: Sequence[Drawn]) -> list[Drawn]:
    """The same with latents: those that have none are encoded in one batch. Raises DoodleError when the model cannot
    be loaded."""
    wanting = [one for one in drawn if one.latent is None]
    if not wanting:
        return list(drawn)
    latents = iter(session.get().encode([session.decode_drawing(one.drawing) for one in wanting]))
    return [one if one.latent is not None else one.with_latent(next(latents)) for one in drawn]


def make(
    context: bpy.types.Context,
    name: str,
    drawn: Sequence[Drawn],
    square: Placement,
    size: int,
    collection: bpy.types.Collection,
) -> bpy.types.Object:
    """A new doodle object with these keys (encoded here), animated, selected and active; in front of the doodles that
    stand in its plane. Its picture has `size` pixels a side, 0: as many as the render shows of it. Until the model has
    answered nothing is made.

    Raises DoodleError when the model cannot be loaded.
    """
    ready = encoded(drawn)
    model_id = session.get().model_id
    with live.paused():
        lift = stacking.in_front(square, doodles(context.scene.objects))
        side = max(size, SMALLEST) if size else sizing.pixels(context, square)
        ob = plane.create(name, collection, square, side, lift)
        settings = ob.doodle_bridge
        settings.model_id = model_id
        placement.store(settings, square)
        keys.fill(settings, ready)
        settings.is_doodle = True
        keys.animate(ob)
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
    drawn.

    `keep_latents` False has every drawing encoded again: another model made the stored latents.
    """
    by_frame = {one.frame: number for number, one in enumerate(new)}
    survivors = {number: by_frame[one.frame] for number, one in enumerate(old) if one.frame in by_frame}
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
        if keep_latents and before is not None and before.digest == one.digest:
            drawn.append(replace(one, latent=before.latent))
        else:
            drawn.append(one)
    return Match(drawn, survivors)


def _rising(survivors: dict[int, int], old: int, new: int) -> bool:
    """Whether adding old -> new keeps the order of keys."""
    return all((one < old) == (other < new) for one, other in survivors.items())
