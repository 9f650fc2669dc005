"""Areas with holes for Blenders before 5.1, whose fills have one outline: the holes are joined to it by cuts of no
width."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing

__all__ = ["joined", "without_holes"]


def without_holes(drawing: Drawing) -> Drawing:
    """The same drawing, every area of one contour."""
    import numpy as np

    from doodle_core.drawing.building import offsets_of

    if not (drawing.areas & (np.diff(drawing.shapes) > 1)).any():
        return drawing
    rows, lengths, cyclic, shapes = [], [], [], [0]
    for shape in range(len(drawing)):
        contours = range(drawing.shapes[shape], drawing.shapes[shape + 1])
        parts = [np.arange(drawing.offsets[one], drawing.offsets[one + 1]) for one in contours]
        closed = drawing.cyclic[drawing.shapes[shape] : drawing.shapes[shape + 1]].tolist()
        if drawing.areas[shape] and len(parts) > 1:
            order = joined([drawing.points[part] for part in parts])
            parts, closed = [np.concatenate(parts)[order]], [True]
        rows += parts
        lengths += [len(part) for part in parts]
        cyclic += closed
        shapes.append(len(lengths))
    row = np.concatenate(rows)
    return replace(
        drawing,
        points=drawing.points[row],
        radii=drawing.radii[row],
        opacities=drawing.opacities[row],
        colours=None if drawing.colours is None else drawing.colours[row],
        depths=None if drawing.depths is None else drawing.depths[row],
        offsets=offsets_of(lengths),
        cyclic=np.array(cyclic, bool),
        shapes=np.array(shapes),
    )


def joined(contours: list[NDArray[np.floating]]) -> NDArray[np.int64]:
    """One way round all contours (n, 2) of an area: numbers of their vertices, one contour's after the other's.

    What is inside of an odd number of others goes the other way round, as a hole does, and each contour is entered from
    and left to the nearest vertex before it.
    """
    import numpy as np

    starts = np.cumsum([0, *(len(one) for one in contours)])
    whole = np.concatenate(contours).astype(np.float64)
    used = sorted((i for i, one in enumerate(contours) if len(one) > 2), key=lambda i: -abs(_area(contours[i])))
    way = np.zeros(0, np.int64)
    for number in used:
        own = contours[number].astype(np.float64)
        depth = sum(_inside(own[0], contours[other]) for other in used if other != number)
        turn = np.arange(len(own)) if (_area(own) > 0) == (depth % 2 == 0) else np.arange(len(own))[::-1]
        turn = turn + starts[number]
        if not len(way):
            way = turn
            continue
        away = ((whole[way][:, None] - whole[turn][None]) ** 2).sum(axis=2)
        leave, enter = np.unravel_index(int(np.argmin(away)), away.shape)
        around = np.roll(turn, -int(enter))
        way = np.concatenate([way[: leave + 1], around, around[:1], way[leave:]])
    return way


def _area(contour: NDArray[np.floating]) -> float:
    import numpy as np

    x, y = contour.astype(np.float64).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(np.roll(x, -1), y)) / 2


def _inside(point: NDArray[np.floating], contour: NDArray[np.floating]) -> bool:
    """Even-odd."""
    import numpy as np

    x, y = point
    a, b = contour, np.roll(contour, -1, axis=0)
    crosses = (a[:, 1] > y) != (b[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return bool(np.count_nonzero(crosses & (x < at)) % 2)
