"""What is drawn to measure with: the demo's walker, as an animator would draw it key after key, and wilder things."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture
from examples.walker import draw

__all__ = ["moved", "scanned", "scribble", "walker"]

_HEIGHT = 2.5  # the walker's units that the canvas is high


@lru_cache(maxsize=128)
def walker(key: int, keys: int = 8) -> Drawing:
    """The walker at one of so many keys of its cycle: 9 strokes, about 250 points."""
    lines = draw(key / keys, seed=key)
    points = [np.stack([line.points[:, 0] / _HEIGHT + 0.5, 0.9 - line.points[:, 1] / _HEIGHT], 1) for line in lines]
    return Drawing.make(points, [line.radii / _HEIGHT for line in lines])


@lru_cache(maxsize=128)
def scanned(key: int, side: int = 1024, keys: int = 8) -> Picture:
    """The same as a picture of side x side pixels."""
    return Picture(raster.ink(walker(key, keys), side))


@lru_cache(maxsize=4)
def scribble(strokes: int, points: int, seed: int = 0, shaded: bool = False) -> Drawing:
    """Long wandering strokes, each in a colour of its own, or (`shaded`) in one that changes along it."""
    rng = np.random.default_rng(seed)
    turn = np.cumsum(rng.normal(0, 0.25, (strokes, points)), axis=1) + rng.uniform(0, 2 * np.pi, (strokes, 1))
    paths = np.stack([np.cos(turn), np.sin(turn)], axis=2).cumsum(axis=1) * 0.004
    paths += rng.uniform(0.2, 0.8, (strokes, 1, 2))
    paths = 0.5 + 0.45 * np.sin(paths - 0.5)  # folded back into the canvas
    shades = rng.uniform(0, 1, (strokes, 2, 3))
    along = np.linspace(0, 1, points)[:, None] if shaded else np.zeros((points, 1))
    colours = [(1 - along) * first + along * last for first, last in shades]
    return Drawing.make(list(paths), 0.008, colours=colours)


def moved(drawing: Drawing) -> Drawing:
    """The same, smaller by a twentieth and elsewhere."""
    return replace(drawing, points=drawing.points * np.float32(0.95) + np.float32(0.03))
