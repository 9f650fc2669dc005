"""A picture to a drawing: what the network sees of it, at the size at which its lines are read best, as shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import srgb
from doodle_core.drawing import Drawing, Picture
from doodle_core.drawing.building import offsets_of
from doodle_core.reading.cells import Cells
from doodle_core.reading.chains import Chains
from doodle_core.reading.fitting import contrast_of
from doodle_core.reading.flats import Flat, flats_of
from doodle_core.reading.ruling import ruled
from doodle_core.reading.scales import resized, working_side
from doodle_core.reading.settings import Reading
from doodle_core.reading.vectorising import few, strokes_of

__all__ = ["See", "drawing_of", "laid", "read"]

Array: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]

_SURE = 0.85  # presence of most of the lines, less than which a picture is read again from further away
_LEAST_SIDE = 96  # pixels, at which a picture is read at least
_CHROMA = 0.12  # a colour whose red, green and blue differ by more is no grey
_BLACK = 0.85  # darkness of an area that is ink in full
_USUAL = 0.6  # of the length of all strokes, by strength: that of the usual stroke
_REST = 0.03  # of the side: what is smaller and touches the picture's edge belongs to what was cut off
_COVERED = 0.4  # of a stroke's length, along which it shows its colour
_THINNEST = 0.4  # pixels of width, from which on a line's colour can be told from its paper's
_ALIKE = 0.25  # of the usual strength, within which all strokes are of one pen
_FULL = 0.9  # strength of ink in full

See: TypeAlias = Callable[[Array], Cells]
"""The network: a picture (H, W, 3), sRGB, whose sides are multiples of 8, to what is seen in its cells."""


def laid(picture: Picture) -> Array:
    """A picture as the network is shown it: (n, n, 3), its ink on white paper; of light ink the negative."""
    ink = picture.ink[..., None]
    if picture.colours is None:
        return np.repeat(1 - ink, 3, axis=2)
    colours: Array = picture.colours.astype(np.float32) / np.float32(255)
    return 1 - ink * colours if picture.light else 1 - ink + ink * colours


def read(picture: Picture, see: See, settings: Reading | None = None) -> Drawing:
    """The drawing of a picture.

    Parameters
    ----------
    picture : Picture
    see : See
    settings : Reading or None

    Returns
    -------
    Drawing
        Areas below, lines over them; colours where the picture has any.
    """
    settings = settings or Reading()
    full = laid(picture)
    side = working_side(full)
    shown, cells, strokes = _seen(full, side, see, settings)
    # Grain that falls apart is a line from further away.
    while _certainty(strokes) < _SURE and side // 2 >= _LEAST_SIDE:
        again = _seen(full, int(np.ceil(side / 16) * 8), see, settings)
        if _certainty(again[2]) <= _certainty(strokes):
            break
        shown, cells, strokes = again
        side = len(shown)
    strokes = _without_dust(strokes, settings.smallest / 100 * side, side)
    if settings.paper == "removed":
        strokes = strokes.selected(~ruled(strokes, side))
    flats = flats_of(shown, cells.solid, cells.line)
    inks = stroke_colours(strokes, shown)
    opacities = stroke_opacities(strokes)
    fills = np.array([flat.colour for flat in flats]).reshape(-1, 3)
    colours = np.concatenate([fills, inks])
    coloured = picture.colours is not None and bool((np.ptp(colours, axis=1) > _CHROMA).any())
    if not coloured:  # how dark an area is says its opacity
        opacities = np.concatenate([np.clip((1 - fills.mean(axis=1)) / _BLACK, 0, 1), opacities])
    else:
        opacities = np.ones(len(colours))  # their colours say how pale they are
    if picture.light and picture.colours is not None:
        colours = 1 - colours
    return drawing_of(flats, few(strokes, side), opacities, linear(colours) if coloured else None, side)


def _seen(full: Array, side: int, see: See, settings: Reading) -> tuple[Array, Cells, Chains]:
    """A picture (n, n, 3) with so many pixels a side, what is seen in it, and the strokes that come of it."""
    shown = np.clip(resized(full, side), 0, 1)  # enlarging overshoots at edges
    cells = see(shown)
    return shown, cells, strokes_of(cells, settings.threshold, contrast_of(shown))


def _certainty(strokes: Chains) -> float:
    """How sure most of the strokes are, 0 to 1; 1 where there are none."""
    return float(np.median(strokes.weights)) if len(strokes) else 1.0


def drawing_of(flats: Sequence[Flat], strokes: Chains, opacities: Floats, colours: Floats | None, side: int) -> Drawing:
    """Areas, and strokes over them, as a drawing of the square canvas.

    Parameters
    ----------
    flats : sequence of Flat
    strokes : Chains
    opacities : (S,) float64
        Of the areas, then of the strokes.
    colours : (S, 3) float64 or None
        Likewise, linear.
    side : int
        Working pixels along the canvas' side.
    """
    outlines = [outline for flat in flats for outline in flat.outlines]
    counts = [*map(len, outlines), *np.diff(strokes.offsets).tolist()]
    contours = [*(len(flat.outlines) for flat in flats), *([1] * len(strokes))]
    filled = sum(map(len, outlines))
    shape = np.repeat(np.repeat(np.arange(len(contours)), contours), counts)
    return Drawing(
        points=np.concatenate([np.zeros((0, 2)), *outlines, strokes.places]) / side,
        radii=np.concatenate([np.zeros(filled), strokes.radii / side]),
        opacities=opacities[shape],
        offsets=offsets_of(counts),
        cyclic=np.concatenate([np.ones(len(outlines), bool), strokes.cyclic & (np.diff(strokes.offsets) > 2)]),
        shapes=offsets_of(contours),
        areas=np.arange(len(contours)) < len(flats),
        colours=None if colours is None else np.clip(colours, 0, 1)[shape],
    )


def linear(colours: Floats) -> Floats:
    """Colours (N, 3), sRGB from 0 to 1, as linear ones."""
    return srgb.linear(np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8)).astype(np.float64)


def _without_dust(strokes: Chains, smallest: float, side: int) -> Chains:
    """The strokes but short ones, those that are surely drawn only if they are long, and what was cut off at the
    picture's edge."""
    if not len(strokes):
        return strokes
    first = strokes.offsets[:-1]
    counts = np.diff(strokes.offsets)
    sure = np.add.reduceat(strokes.weights, first) / counts
    wide = np.maximum.reduceat(strokes.radii, first)
    size = strokes.lengths + 2 * wide
    inside = np.minimum(strokes.places, side - strokes.places).min(axis=1) > strokes.radii + 2
    rest = (size < _REST * side) & ~np.logical_and.reduceat(inside, first)
    return strokes.selected((size >= smallest) & ((size > 8) | (sure > 0.45)) & ~rest)


def stroke_opacities(strokes: Chains) -> Floats:
    """How opaque each stroke is, (C,): as dark as its ink, and what is about as dark as most strokes, as dark as these.

    So an in-between is as pale as the keys that show their own pictures.
    """
    if not len(strokes):
        return np.zeros(0)
    middle = _medians(strokes, strokes.strengths)
    order = np.argsort(middle)
    length = np.cumsum(np.diff(strokes.offsets)[order])
    usual = middle[order[np.searchsorted(length, _USUAL * length[-1])]]
    usual = 1.0 if usual > _FULL else usual
    return np.clip(np.where(np.abs(middle - usual) < _ALIKE * usual, usual, middle), 0.05, 1)


def stroke_colours(strokes: Chains, shown: Array) -> Floats:
    """The colour of each stroke, sRGB, (C, 3): the median of what is seen along its middle where it covers most."""
    column, row = np.clip(strokes.places.astype(np.int64), 0, len(shown) - 1).T
    seen = shown[row, column]
    rank = np.lexsort((seen.min(axis=1), strokes.owner))
    counts = np.diff(strokes.offsets)
    place = np.arange(len(rank)) - strokes.offsets[:-1][strokes.owner]
    covering = np.sort(rank[place < np.ceil(_COVERED * counts)[strokes.owner]])
    core = strokes.picked(covering)
    found = np.stack([_medians(core, seen[covering, channel]) for channel in range(3)], axis=1)
    # A line thinner than a pixel shows paper even in its middle.
    share = np.clip(2 * _medians(strokes, strokes.radii), _THINNEST, 1)[:, None]
    return np.asarray(np.clip(1 - (1 - found) / share, 0, 1))


def _medians(strokes: Chains, values: NDArray[np.floating]) -> Floats:
    """The median of values (V,) along each stroke."""
    order = np.lexsort((values, strokes.owner))
    middle = strokes.offsets[:-1] + np.diff(strokes.offsets) // 2
    return np.asarray(values[order[middle]], np.float64)
