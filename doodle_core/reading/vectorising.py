"""The network's cells to lines: nodes on centre lines, joined to strokes, smoothed, ended, with few vertices."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.simplification import kept_vertices
from doodle_core.reading.bridging import bridged, cornered
from doodle_core.reading.cells import Cells
from doodle_core.reading.chains import Chains, chains_of, dense, smoothed
from doodle_core.reading.doubles import single
from doodle_core.reading.ending import ended
from doodle_core.reading.fitting import fitted
from doodle_core.reading.nodes import linked, nodes_of

__all__ = ["few", "strokes_of"]

Floats: TypeAlias = NDArray[np.float64]

_TOLERANCE = 1 / 6000  # of the side, by which a stroke of few vertices may miss the one of many
_LEAST, _MOST = 0.03, 0.2  # pixels, likewise
_OF_RADIUS = 0.03  # more for each pixel of its radius
_DOT = 0.8  # radii, shorter than which a stroke is a dot
_RADIUS_COUNTS = 0.7  # an error of the radius, beside one of the place


def strokes_of(cells: Cells, threshold: float = 0.5, contrast: NDArray[np.float32] | None = None) -> Chains:
    """The strokes that cells hold, working pixels, with points about a pixel apart.

    Parameters
    ----------
    cells : Cells
    threshold : float
        The least presence of a line in a cell.
    contrast : (H, W) float32 or None
        Of the picture, which strokes are fitted to.
    """
    nodes = nodes_of(cells, threshold)
    if not len(nodes):
        return chains_of(nodes, np.zeros((0, 2), np.int64), 0)
    nodes, table = single(nodes, linked(nodes, cells.ink), cells.ink)
    nodes, table = bridged(nodes, table, cells.ink)
    found, table = cornered(nodes, table, cells.ink)
    chains = smoothed(chains_of(found, table, len(nodes)))
    drawn = dense(chains)
    return _dotted(ended(drawn if contrast is None else fitted(drawn, contrast), cells.ink))


def _dotted(chains: Chains) -> Chains:
    """The strokes, those that are much shorter than they are wide as one point."""
    first, counts = chains.offsets[:-1], np.diff(chains.offsets)
    dot = chains.lengths < _DOT * np.maximum.reduceat(chains.radii, first)
    if not dot.any():
        return chains
    middle = np.arange(len(chains.places)) == (first + counts // 2)[chains.owner]
    kept = chains.picked(np.flatnonzero(middle | ~dot[chains.owner]))
    return replace(kept, cyclic=chains.cyclic & ~dot)


def few(chains: Chains, side: int) -> Chains:
    """The strokes with fewer points, which nobody can see, where the picture's side is so many pixels."""
    if not len(chains):
        return chains
    # Closed ones with their first point once more, so that their last stretch is one like the others.
    rows = np.concatenate(
        [
            np.append(np.arange(low, high), low) if closed else np.arange(low, high)
            for low, high, closed in zip(chains.offsets[:-1], chains.offsets[1:], chains.cyclic, strict=True)
        ]
    )
    offsets = np.concatenate([[0], np.cumsum(np.diff(chains.offsets) + chains.cyclic)])
    values = np.column_stack([chains.places, _RADIUS_COUNTS * chains.radii])[rows]
    tolerance = float(np.clip(_TOLERANCE * side, _LEAST, _MOST)) * (1 + _OF_RADIUS * chains.radii[rows])
    kept = kept_vertices(values, offsets, tolerance, chains.corners[rows])
    kept[offsets[1:][chains.cyclic] - 1] = False
    return chains.picked(rows[kept])
