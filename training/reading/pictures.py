"""Pictures to learn from: a store of drawn ones, each used a few times in parts, turned and mirrored, then replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from doodle_core.reading.cells import CELL, CHANNELS, of_drawing
from doodle_core.rendering import render
from training.reading.drawings import THICKEST, draw
from training.reading.media import apply, choose, enlarged
from training.reading.targets import pack, turned

__all__ = ["Store", "drawn"]

Pair: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.float16]]

_AS_IT_IS = 0.6  # of the pictures are not enlarged
_ENLARGED = 3.0  # times, at most


def drawn(rng: Generator, size: int, media: int = 1, name: str | None = None) -> list[Pair]:
    """A new drawing in some versions of one medium: pictures (size, size, 3), and what is true of them."""
    medium = choose(rng, name)
    # Small pictures are read enlarged (`doodle_core.reading.scales`): made small, media and all, and then enlarged.
    times = 1.0 if rng.random() < _AS_IT_IS else float(np.exp(rng.uniform(np.log(1.15), np.log(_ENLARGED))))
    small = int(size / times)
    drawing = draw(rng, small, medium.inks, medium.paper, medium.faint, THICKEST / times)
    cells = of_drawing(drawing, size, tuple(medium.paper))
    painted = render(drawing, small)
    pairs = []
    for _ in range(media):
        picture, kept = apply(rng, medium, painted)
        pairs.append((enlarged(rng, picture, size) if small < size else picture, pack(cells, kept)))
    return pairs


@dataclass
class Store:
    """The pictures that batches are cut from.

    Parameters
    ----------
    rng : Generator
    size, tile : int
        Pixels along the sides of pictures and of the parts that are cut from them.
    count : int
        Pictures kept.
    uses : float
        Parts cut from each before it is replaced.
    media : int
        Versions of each drawing.
    """

    rng: Generator
    size: int = 256
    tile: int = 128
    count: int = 96
    uses: float = 12.0
    media: int = 3

    def __post_init__(self) -> None:
        self.pairs: list[Pair] = []
        self.owed, self.seen = 0.0, 0

    def fill(self) -> None:
        """Draw as many pictures as are due."""
        while len(self.pairs) < self.count:
            self.pairs += drawn(self.rng, self.size, self.media)
        while self.owed >= self.media:
            self.owed -= self.media
            for pair in drawn(self.rng, self.size, self.media):
                self.pairs[int(self.rng.integers(self.count))] = pair

    def batch(self, count: int) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """Parts of pictures, (count, tile, tile, 3), and of what is true of them, (count, CHANNELS, tile / 4, ...)."""
        self.owed += count / self.uses
        self.fill()
        self.seen += count
        cells = self.tile // CELL
        pictures = np.empty((count, self.tile, self.tile, 3), np.uint8)
        truths = np.empty((count, CHANNELS, cells, cells), np.float16)
        for k in range(count):
            picture, packed = self.pairs[int(self.rng.integers(len(self.pairs)))]
            y, x = self.rng.integers(0, (self.size - self.tile) // CELL + 1, 2)
            part = picture[CELL * y : CELL * y + self.tile, CELL * x : CELL * x + self.tile]
            truth = packed[:, y : y + cells, x : x + cells]
            pictures[k], truths[k] = turned(part, truth, *(self.rng.random(3) < 0.5))
        return pictures, truths
