"""Strokes that are seen twice: what runs within the ink of a longer one is not another.

Lengths and places are working pixels.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doodle_core.reading.chains import chains_of, dense
from doodle_core.reading.nodes import Nodes, linked

__all__ = ["single"]

Ints: TypeAlias = NDArray[np.int64]

_BESIDE = 0.8  # of the radius, within which there is one stroke only
_LEAST = 0.8  # pixels, likewise
_ALIKE = np.cos(np.radians(30))
_NEIGHBOURS = 8  # places on strokes that are looked at for each node


def single(nodes: Nodes, table: Ints, ink: NDArray[np.float32]) -> tuple[Nodes, Ints]:
    """Nodes and neighbours without nodes in the ink of a longer chain that goes the same way."""
    for _ in range(2):
        if len(nodes) < 2:
            break
        chains = chains_of(nodes, table, len(nodes))
        rank = np.empty(len(chains), np.int64)
        rank[np.lexsort((np.arange(len(chains)), -chains.lengths))] = np.arange(len(chains))
        lines = dense(chains)
        away, near = cKDTree(lines.places).query(
            chains.places, k=min(_NEIGHBOURS, len(lines.places)), distance_upper_bound=2.5
        )
        away, near = away.reshape(len(chains.places), -1), near.reshape(len(chains.places), -1)
        found = np.isfinite(away)
        near = np.where(found, near, 0)
        other = lines.owner[near]
        longer = rank[other] < rank[chains.owner][:, None]
        alike = np.abs((lines.directions[near] * chains.directions[:, None]).sum(axis=2)) > _ALIKE
        within = away < np.maximum(_LEAST, _BESIDE * lines.radii[near])
        double = (found & longer & alike & within).any(axis=1) & ~nodes.crossed[chains.numbers]
        if not double.any():
            break
        kept = np.ones(len(nodes), np.bool_)
        kept[chains.numbers[double]] = False
        nodes = nodes.selected(kept)
        table = linked(nodes, ink)
    return nodes, table
