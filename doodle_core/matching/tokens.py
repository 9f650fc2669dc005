"""Lines cut into pieces of about one length: what is matched between two keys, and what the matcher is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.geometry.contour import Contour

__all__ = ["COLUMNS", "Tokens", "cut"]

Floats: TypeAlias = NDArray[np.float64]

COLUMNS = 9
"""Numbers that tell a piece to the matcher: x, y of its middle; x, y of its direction; its length, its radius; length
of line to the nearer end of its line; its line's length; 1 where its line is closed."""
_ENDLESS = 32.0  # model pixels to the end of a closed line


@dataclass(frozen=True, eq=False)
class Tokens:
    """N pieces of lines.

    table (N, COLUMNS) float32, model pixels; line (N,) index of the line each is of; first (L + 1,): line k is cut into
    the pieces first[k]:first[k + 1], all of one length.
    """

    table: NDArray[np.float32]
    line: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.line)

    @property
    def place(self) -> NDArray[np.float32]:
        return self.table[:, 0:2]

    @property
    def along(self) -> NDArray[np.float32]:
        return self.table[:, 2:4]

    @property
    def length(self) -> NDArray[np.float32]:
        return self.table[:, 4]


def cut(lines: Sequence[Contour], piece: float = 3.0, most: int = 72) -> Tokens:
    """Cut lines into pieces about `piece` model pixels long, or longer where they would be many more than `most`.

    Every line is at least one piece, every closed one three.
    """
    total = sum(line.length for line in lines)
    size = max(piece, total / most)
    tables, first = [np.zeros((0, COLUMNS))], [0]
    for line in lines:
        count = max(1, round(line.length / size), 3 if line.closed else 1)
        long = line.length / count
        middle = (np.arange(count) + 0.5) * long
        reach = min(0.35 * long, 1.0)
        ends = [middle - reach, middle + reach]
        across = line.at(ends[1])[:, :2] - line.at(ends[0])[:, :2]
        size_across = np.hypot(*across.T)
        # A dot has no direction; any will do.
        across = np.where(size_across[:, None] > 1e-9, across / np.maximum(size_across, 1e-9)[:, None], (1.0, 0.0))
        table = np.empty((count, COLUMNS))
        here = line.at(middle)
        table[:, 0:2], table[:, 2:4], table[:, 4], table[:, 5] = here[:, :2], across, long, here[:, 2]
        table[:, 6] = _ENDLESS if line.closed else np.minimum(middle, line.length - middle)
        table[:, 7], table[:, 8] = line.length, line.closed
        tables.append(table)
        first.append(first[-1] + count)
    owner = np.repeat(np.arange(len(lines)), np.diff(first))
    return Tokens(np.concatenate(tables).astype(np.float32), owner, np.array(first))
