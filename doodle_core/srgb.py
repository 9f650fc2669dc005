"""sRGB, in which picture files hold colours (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["encoded", "linear"]

_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels of a file, any shape -> linear 0..1."""
    return _LINEAR[levels]


def encoded(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Linear values, any shape, held to 0..1 -> sRGB, 0..1. Levels come back from `linear` exactly, once rounded."""
    values = np.clip(values, 0.0, 1.0).astype(np.float32, copy=False)
    answer = np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)
    return answer.astype(np.float32, copy=False)
