"""Drawings as lines in space: what onion skins, keys and doubt are drawn with.

All places are on and before the square [-0.5, 0.5]^2, x right, y up, z towards the viewer, which a doodle's matrix
(`hanging.square_of`) brings into the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from doodle_core.drawing import Drawing

__all__ = ["coloured", "in_square", "on", "places", "segments"]


def in_square(points: ArrayLike) -> NDArray[np.float32]:
    """Canvas units, (N, 2), as places in the square, (N, 3)."""
    import numpy as np

    flat = np.asarray(points, np.float32).reshape(-1, 2)
    return np.column_stack([flat[:, 0] - 0.5, 0.5 - flat[:, 1], np.zeros(len(flat))]).astype(np.float32)


def places(drawing: Drawing) -> NDArray[np.float32]:
    """Where the vertices of a drawing are, (V, 3); one on a sheet of its own as that lies in space."""
    from doodle_core.drawing.sheet import laid_out

    drawing = laid_out(drawing, drawing.sheet)
    found = in_square(drawing.points)
    if drawing.depths is not None:
        found[:, 2] = drawing.depths
    return found


def on(drawing: Drawing, points: ArrayLike) -> NDArray[np.float32]:
    """Where places on a drawing, (N, 2) canvas units, are in the square, (N, 3): on its sheet, where it has one."""
    if drawing.sheet is None:
        return in_square(points)
    from dataclasses import replace

    from doodle_core.drawing import Drawing as Made

    return places(replace(Made.make([points]), sheet=drawing.sheet))


def segments(drawing: Drawing, among: ArrayLike | None = None) -> NDArray[np.float32]:
    """The contours of a drawing as pairs of places, (2 E, 3).

    Parameters
    ----------
    drawing : Drawing
    among : (S,) bool, optional
        Which shapes are drawn; all that leave ink.
    """
    return places(drawing)[_vertices(drawing, among)]


def coloured(drawing: Drawing, colours: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The contours of a drawing, and the colour of each place.

    Parameters
    ----------
    drawing : Drawing
    colours : (S, 4)
        Of its shapes; those whose alpha is 0 are left out.

    Returns
    -------
    places : (2 E, 3) float32
    colours : (2 E, 4) float32
    """
    import numpy as np

    given = np.asarray(colours, np.float32).reshape(-1, 4)
    vertices = _vertices(drawing, given[:, 3] > 0)
    return places(drawing)[vertices], given[drawing.shape_of_vertex[vertices]]


def _vertices(drawing: Drawing, among: ArrayLike | None) -> NDArray[np.int64]:
    import numpy as np

    from doodle_core.drawing.picking import edges

    pairs = edges(drawing)
    kept = drawing.inked[pairs].any(axis=1)
    if among is not None:
        kept &= np.asarray(among, bool)[drawing.shape_of_vertex[pairs[:, 0]]]
    return pairs[kept].ravel()
