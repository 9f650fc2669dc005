"""The colours of ink, apart from the paper that shows through it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["unmixed"]

Floats: TypeAlias = NDArray[np.float64]

_SURE = 0.5  # of the most ink: so much of it says its colour well
_LEVEL = 1 / 255


def unmixed(ink: Floats, times_ink: Floats) -> NDArray[np.uint8]:
    """The colour of each pixel's ink.

    What little ink there is at the edge of a line, in whole 255ths, says its colour badly: it takes that of the nearest
    sure ink, wherever the pixel looks the same with it, to a 255th. So does bare paper.

    Parameters
    ----------
    ink : (n, n) float64, 0 to 1
    times_ink : (n, n, 3) float64
        Red, green and blue (sRGB, 0 to 1) of the ink times its ink, averaged like it.

    Returns
    -------
    (n, n, 3) uint8
    """
    from scipy import ndimage  # slow to import, and grey pictures need none of it

    share = np.maximum(ink, 1e-6)[:, :, None]
    own = np.rint(np.clip(times_ink / share, 0.0, 1.0) * 255).astype(np.uint8)
    sure = ink >= _SURE * ink.max()
    if sure.all():
        return own
    row, column = ndimage.distance_transform_edt(~sure, return_distances=False, return_indices=True)
    near = own[row, column]
    differs = np.abs(share * (near * _LEVEL) - times_ink).max(axis=2)
    same = differs <= _LEVEL
    return np.where((same | (ink <= 0))[:, :, None], near, own)
