"""Arcs: the way of a shape's centre through the film, with a dot at each frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .lines import places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing
    from doodle_core.film import Pose

__all__ = ["MOST", "Arc", "Centres", "arcs", "centres"]

MOST = 12
"""Arcs, where none are chosen: those of the shapes with the longest outlines."""
Node = tuple[int, int]
"""A key's number and that of one of its shapes."""


@dataclass(frozen=True)
class Centres:
    """Where the shapes of one frame are.

    Parameters
    ----------
    frame : int
    places : (S, 3) float64
        The centres of their outlines, in the square.
    lengths : (S,) float64
        Of their outlines.
    nodes : (S, 2, 2) int64
        For each the key before and the shape there, then those after; -1 for no such shape.
    """

    frame: int
    places: NDArray[np.float64]
    lengths: NDArray[np.float64]
    nodes: NDArray[np.int64]


@dataclass(frozen=True)
class Arc:
    """The way of one shape: frames (N,), rising, and its centre at each, (N, 3)."""

    frames: NDArray[np.int64]
    places: NDArray[np.float32]


def centres(frame: int, pose: Pose) -> Centres:
    """Where the shapes of a pose are."""
    import numpy as np

    at, lengths = _middles(pose.drawing)
    return Centres(frame, at, lengths, np.stack([pose.keys, pose.origins], axis=2).astype(np.int64))


def arcs(film: Sequence[Centres], chosen: Iterable[Node] = (), most: int = MOST) -> list[Arc]:
    """The arcs of chosen shapes, or of the largest ones; a shape that is cut up on the way is followed as a whole.

    Parameters
    ----------
    film : sequence of Centres
        One a frame, in order.
    chosen : pairs of int
        Keys and shapes. None: those whose outlines are the longest in all the film.
    most : int
        How many, where none are chosen.
    """
    import numpy as np

    roots = _threads(film)
    found: dict[Node, list[tuple[int, NDArray[np.float64], float]]] = {}
    for one in film:
        at: dict[Node, list[int]] = {}
        for shape, (before, after) in enumerate(one.nodes.tolist()):
            node = before if before[1] >= 0 else after
            if node[1] >= 0 and one.lengths[shape] > 0:
                at.setdefault(roots[node[0], node[1]], []).append(shape)
        for root, shapes in at.items():
            weights = one.lengths[shapes]
            centre = (one.places[shapes] * weights[:, None]).sum(axis=0) / weights.sum()
            found.setdefault(root, []).append((one.frame, centre, float(weights.sum())))
    wanted = {roots[node] for node in chosen if node in roots}
    if not wanted:
        size = {root: sum(length for _, _, length in way) for root, way in found.items()}
        wanted = set(sorted(size, key=lambda root: -size[root])[:most])
    ways = (way for root, way in found.items() if root in wanted)
    return [
        Arc(np.array([frame for frame, _, _ in way]), np.array([centre for _, centre, _ in way], np.float32))
        for way in ways
        if len(way) > 1
    ]


def _threads(film: Sequence[Centres]) -> dict[Node, Node]:
    """For each shape of each key the first one that it hangs together with: what becomes what is one thread."""
    root: dict[Node, Node] = {}

    def top(node: Node) -> Node:
        while root.setdefault(node, node) != node:
            root[node] = node = root[root[node]]
        return node

    for pairs in {one.nodes.tobytes(): one.nodes for one in film}.values():  # the frames of a stretch are alike
        for (key, shape), (next_key, other) in pairs.tolist():
            if shape >= 0:
                top((key, shape))
            if other >= 0:
                top((next_key, other))
            if shape >= 0 and other >= 0:
                root[top((next_key, other))] = top((key, shape))
    return {node: top(node) for node in root}


def _middles(drawing: Drawing) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The centre of each shape's outlines, (S, 3), and their length, (S,)."""
    import numpy as np

    from doodle_core.drawing.picking import edges

    pairs = edges(drawing)
    ends = places(drawing).astype(np.float64)[pairs]
    # A dot, too, has a place.
    lengths = np.maximum(np.sqrt(((ends[:, 1] - ends[:, 0]) ** 2).sum(axis=1)), 1e-9)
    owners, count = drawing.shape_of_vertex[pairs[:, 0]], len(drawing)
    total = np.bincount(owners, lengths, count).astype(np.float64)
    middle = ends.mean(axis=1) * lengths[:, None]
    sums = np.stack([np.bincount(owners, middle[:, axis], count) for axis in range(3)], axis=1)
    return sums / np.where(total > 0, total, 1.0)[:, None], total
