"""Scene-linear pixels as picture files hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["premultiplied", "to_levels"]


def premultiplied(rgba: np.ndarray) -> np.ndarray:
    """(n, n, 4) straight RGBA -> the same with colour multiplied by alpha, as an OpenEXR holds it."""
    import numpy as np

    answer = np.empty_like(rgba)
    for channel in range(3):
        np.multiply(rgba[..., channel], rgba[..., 3], out=answer[..., channel])
    answer[..., 3] = rgba[..., 3]
    return answer


def to_levels(rgba: np.ndarray, depth: int) -> np.ndarray:
    """(n, n, 4) float32 scene-linear straight RGBA in 0..1 -> (n, n, 4) uint8 or uint16 (`depth` 8, 16), in sRGB.

    sRGB (IEC 61966-2-1) is what every program expects of a PNG; alpha is never encoded.
    """
    import numpy as np

    most = 2**depth - 1
    pixels = np.ascontiguousarray(rgba, np.float32).reshape(-1, 4)
    answer = np.empty(pixels.shape, np.uint8 if depth == 8 else np.uint16)
    # Powers are dear, and mostly all the colour is that of the paper: only what differs from its corner is encoded.
    corner = pixels[:1]
    pairs = pixels.view(np.uint64)  # red and green at once
    where = np.flatnonzero((pairs[:, 0] != pairs[0, 0]) | (pixels[:, 2] != corner[0, 2]))
    if 2 * len(where) > len(pixels):
        answer[:] = _encoded(pixels, most)
    else:
        whole = np.uint32 if depth == 8 else np.uint64  # a pixel as one number, which is copied fast
        answer.view(whole)[:] = _encoded(corner, most).astype(answer.dtype).view(whole)
        if where.size:
            answer[where] = _encoded(pixels[where], most)
    answer[:, 3] = np.rint(np.clip(pixels[:, 3], 0.0, 1.0) * most)
    return answer.reshape(rgba.shape)


def _encoded(linear: np.ndarray, most: int) -> np.ndarray:
    """Linear float32 of any shape in 0..1 -> sRGB in 0..most, whole numbers."""
    import numpy as np

    linear = np.clip(linear, 0.0, 1.0)
    return np.rint(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * most)
