"""What a keyframe shows: shapes in world space, in the order in which Blender paints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .styles import Styles

__all__ = ["Painted", "WorldDrawing", "joined", "painted"]


@dataclass(frozen=True, eq=False)
class WorldDrawing:
    """The shapes of one keyframe, each painted over those before it: lines, and areas of one or more contours.

    Contour c has the points offsets[c]:offsets[c + 1], shape s the contours shapes[s]:shapes[s + 1], as in
    `doodle_core.drawing.Drawing`. A filled stroke is an area and, where its line shows, a line of the same points
    after it.

    points (N, 3) float64 and radii (N,) float64 in metres of the world, opacities (N,) float64 in 0..1, colours (N, 3)
    float64 linear RGB in 0..1 as Blender draws them without lights, offsets (C + 1,) int32, cyclic (C,) bool, shapes
    (S + 1,) int32, areas (S,) bool, styles (S,) int32 the numbers of material slots, layers (S,) int32 the numbers of
    layers from the back. Points may hold NaN: whoever uses them refuses those by frame.

    caps (S,) int8: which ends of lines are flat, 1 the first and 2 the last; None where all are round.

    keyed: the numbers of the layers that have a keyframe of their own there, and its type; the others show an earlier
    one.
    """

    frame: int
    points: NDArray[np.float64]
    radii: NDArray[np.float64]
    opacities: NDArray[np.float64]
    colours: NDArray[np.float64]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    shapes: NDArray[np.int32]
    areas: NDArray[np.bool_]
    styles: NDArray[np.int32]
    layers: NDArray[np.int32]
    keyed: tuple[tuple[int, str], ...] = ()
    caps: NDArray[np.int8] | None = None

    @property
    def coloured(self) -> bool:
        """Whether any ink is not black."""
        return bool(self.colours[self.ink].any())

    @property
    def filled(self) -> NDArray[np.bool_]:
        """(C,) whether each contour is one of an area."""
        import numpy as np

        return np.repeat(self.areas, np.diff(self.shapes))

    @property
    def ink(self) -> NDArray[np.bool_]:
        """(N,) the points that leave ink: part of a line with a width, or of an area."""
        import numpy as np

        return (self.opacities > 0) & ((self.radii > 0) | np.repeat(self.filled, np.diff(self.offsets)))


@dataclass(frozen=True, eq=False)
class Painted:
    """The shapes of S strokes in paint order, by strokes: contour c is that of stroke strokes[c], (C,) int; shapes
    (number of shapes + 1,) int32 and areas, one bool a shape, as in `WorldDrawing`."""

    strokes: NDArray[np.int64]
    shapes: NDArray[np.int32]
    areas: NDArray[np.bool_]

    @property
    def firsts(self) -> NDArray[np.int64]:
        """The stroke that each shape has its looks from: the first of an area's."""
        first: NDArray[np.int64] = self.strokes[self.shapes[:-1]]
        return first


def painted(styles: Styles, lengths: NDArray[np.int32]) -> Painted:
    """What becomes of strokes with so many points each, (S,): areas and lines, as Blender paints them.

    A filled stroke is its area, then its line. Strokes that are filled together are one area where the first of them
    is, then all their lines. What is hidden, or has too few points, is left out.
    """
    import numpy as np

    own = np.arange(len(lengths))
    fill, line = styles.fill & (lengths > 2), styles.line & (lengths > 0)
    rank, together = own.copy(), fill & (styles.groups != 0)
    _, first, group = np.unique(styles.groups[together], return_index=True, return_inverse=True)
    rank[together] = own[together][first][group]
    strokes = np.concatenate([own[fill], own[line]])
    area = np.arange(len(strokes)) < np.count_nonzero(fill)
    order = np.lexsort((strokes, ~area, rank[strokes]))
    strokes, area = strokes[order], area[order]
    begins = np.ones(len(strokes), bool)
    begins[1:] = ~(area[1:] & area[:-1] & (rank[strokes][1:] == rank[strokes][:-1]))
    return Painted(strokes, np.append(np.flatnonzero(begins), len(strokes)).astype(np.int32), area[begins])


def joined(frame: int, parts: Sequence[WorldDrawing]) -> WorldDrawing:
    """Drawings one over the other, as one."""
    import numpy as np

    def on(name: str, of: str) -> NDArray[np.int32]:
        """Where parts begin, every drawing's behind the ones before."""
        starts = np.cumsum([0, *(len(getattr(part, of)) for part in parts)])
        pieces = [getattr(part, name)[1:] + start for part, start in zip(parts, starts, strict=False)]
        return np.concatenate([[0], *pieces]).astype(np.int32)

    def all_of(name: str, nothing: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([nothing, *(getattr(part, name) for part in parts)])

    places, none, flag, number = np.zeros((0, 3)), np.zeros(0), np.zeros(0, bool), np.zeros(0, np.int32)
    return WorldDrawing(
        frame,
        points=all_of("points", places),
        radii=all_of("radii", none),
        opacities=all_of("opacities", none),
        colours=all_of("colours", places),
        offsets=on("offsets", "points"),
        cyclic=all_of("cyclic", flag),
        shapes=on("shapes", "cyclic"),
        areas=all_of("areas", flag),
        styles=all_of("styles", number),
        layers=all_of("layers", number),
        caps=_caps(parts),
    )


def _caps(parts: Sequence[WorldDrawing]) -> NDArray[np.int8] | None:
    import numpy as np

    if all(part.caps is None for part in parts):
        return None
    return np.concatenate([np.zeros(len(part.areas), np.int8) if part.caps is None else part.caps for part in parts])
