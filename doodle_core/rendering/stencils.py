"""Stencils: what of a drawing takes ink away. Holdout styles, layers that mask others, layers that let through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import skia

__all__ = ["NO_STENCILS", "Stencils", "stacked"]

Call: TypeAlias = Callable[[skia.Canvas, Any], Any]

_WHITE = skia.Color4f(1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Stencils:
    """What takes ink away.

    Parameters
    ----------
    holdouts : frozenset of (int, bool)
        Styles, and whether of areas or of lines, whose ink takes away what is under it, as much as it is opaque.
    masks : tuple of (int, tuple of (int, bool))
        Layers that are seen only where others have ink: the layer, and which others, one after the other. With True one
        is inverted: what is under its ink is taken away.
    opacities : tuple of (int, float)
        Layers that are only so opaque as a whole, 0 to 1: where their shapes lie over each other, too.
    """

    holdouts: frozenset[tuple[int, bool]] = frozenset()
    masks: tuple[tuple[int, tuple[tuple[int, bool], ...]], ...] = ()
    opacities: tuple[tuple[int, float], ...] = ()


NO_STENCILS = Stencils()


def stacked(calls: Sequence[Call], layers: Sequence[int], stencils: Stencils) -> list[Call]:
    """Draw calls of the shapes of a drawing, whose layers do not fall, with layers seen through their masks, as opaque
    as they are."""
    of_layer: dict[int, list[Call]] = {}
    for call, layer in zip(calls, layers, strict=True):
        of_layer.setdefault(layer, []).append(call)
    masks, opacities = dict(stencils.masks), dict(stencils.opacities)
    answer: list[Call] = []
    for layer, own in of_layer.items():
        some = [(of_layer.get(other, []), inverted) for other, inverted in masks.get(layer, ())]
        opacity = opacities.get(layer, 1.0)
        answer += [_as_one(own, some, opacity)] if some or opacity != 1.0 else own
    return answer


def _as_one(own: Sequence[Call], masks: Sequence[tuple[Sequence[Call], bool]], opacity: float) -> Call:
    """A layer that is drawn by itself first."""
    shown = skia.Paint(Alphaf=opacity)
    within, without = skia.Paint(BlendMode=skia.BlendMode.kDstIn), skia.Paint(BlendMode=skia.BlendMode.kDstOut)

    def draw(calls: Sequence[Call], canvas: skia.Canvas, scratch: Any) -> None:
        for call in calls:
            call(canvas, scratch)

    def call(canvas: skia.Canvas, scratch: Any) -> None:
        canvas.saveLayer(None, shown)
        draw(own, canvas, scratch)
        if masks:
            hide(canvas, scratch)
        canvas.restore()

    def hide(canvas: skia.Canvas, scratch: Any) -> None:
        canvas.saveLayer(None, within)
        if masks[0][1]:  # all is seen but what the first takes away
            canvas.drawColor(_WHITE)
        for calls, inverted in masks:
            if inverted:
                canvas.saveLayer(None, without)
            draw(calls, canvas, scratch)
            if inverted:
                canvas.restore()
        canvas.restore()

    return call
