"""Doodle Bridge's core: drawings to latent keys, keys to drawings in between. Numpy in, numpy out; no Blender.

`from doodle_core import Drawing, Film, Model, Style, Track` is all that most scripts need. Names are imported when they
are asked for: some bring libraries that take a second to load.
"""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"

__all__ = ["Drawing", "Film", "Key", "Model", "Picture", "Style", "Track"]

_NAMES = {
    "Drawing": ("doodle_core.drawing", "Drawing"),
    "Film": ("doodle_core.film", "Film"),
    "Key": ("doodle_core.track", "LatentKey"),
    "Model": ("doodle_core.model", "DoodleModel"),
    "Picture": ("doodle_core.drawing", "Picture"),
    "Style": ("doodle_core.rendering", "Style"),
    "Track": ("doodle_core.track", "LatentTrack"),
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'doodle_core' has no attribute {name!r}")
    module, own = _NAMES[name]
    return getattr(import_module(module), own)
