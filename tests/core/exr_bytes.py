"""OpenEXR files as bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle_core.exr import save_exr


def exr_bytes(pixels: NDArray[np.floating], note: str = "") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.exr"
        save_exr(path, pixels, note)
        return path.read_bytes()
