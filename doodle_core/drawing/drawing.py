"""A drawing: lines and areas in paint order, as a few flat arrays.

Canvas units: the canvas is the square [0, 1] x [0, 1], x to the right, y DOWN, like the rows of a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.drawing import building
from doodle_core.errors import DoodleError

__all__ = ["MOST_SHAPES", "MOST_VERTICES", "Drawing"]

MOST_SHAPES = 100_000
MOST_VERTICES = 4_000_000

_PER_VERTEX = ("points", "radii", "opacities", "colours", "depths")
_SHEET = 6


@dataclass(frozen=True, eq=False)
class Drawing:
    """An ordered list of shapes, each painted over those before it. The arrays become read-only copies.

    A shape is made of contours: contour c has the vertices offsets[c]:offsets[c + 1], shape s has the contours
    shapes[s]:shapes[s + 1]. A line is usually one contour; several are painted together, as one stroke of the brush. An
    area has an outline, and further contours that cut holes or add islands (even-odd).

    Parameters
    ----------
    points : (V, 2) float32
        Canvas units; may lie outside the canvas.
    radii : (V,) float32
        Half the width of a line at each vertex, canvas units, 0 or more. Areas have no line: theirs are not used.
    opacities : (V,) float32
        0 to 1.
    offsets : (C + 1,) int32
        Rising from 0 to V. A contour without vertices draws nothing.
    cyclic : (C,) bool
        Whether the last vertex joins the first. Contours of areas are closed in any case.
    shapes : (S + 1,) int32
        Rising from 0 to C.
    areas : (S,) bool
        Whether a shape is an area; else it is a line.
    colours : (V, 3) float32 or None
        Linear red, green and blue, 0 to 1 each. None: not known, and painted in the style's colour.
    styles : (S,) int32 or None
        The number of the style (in Blender: the slot of the material). None is 0 for all.
    layers : (S,) int32 or None
        The number of the layer, from the back. None is 0 for all. Layers must not fall: they are painted in order.
    depths : (V,) float32 or None
        How far each vertex lies in front of the canvas, towards the viewer, canvas units. None: all lie on it. Pictures
        show the canvas straight from the front, where depth is not seen.
    sheet : (6,) float32 or None
        How the sheet that the drawing is on is turned in space, see `drawing.sheet`: points and depths are those on
        the sheet. None: the sheet lies on the canvas.
    caps : (S,) int8 or None
        Which ends of a line are flat, else round: 1 its first, 2 its last, 3 both. None is 0 for all.

    Raises
    ------
    DoodleError
        Naming the shape, for NaN, infinity, a negative radius, an opacity or colour outside 0 to 1; and for more than
        100,000 shapes, or 4,000,000 vertices or contours.
    """

    points: NDArray[np.float32]
    radii: NDArray[np.float32]
    opacities: NDArray[np.float32]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    shapes: NDArray[np.int32]
    areas: NDArray[np.bool_]
    colours: NDArray[np.float32] | None = None
    styles: NDArray[np.int32] | None = None
    layers: NDArray[np.int32] | None = None
    depths: NDArray[np.float32] | None = None
    sheet: NDArray[np.float32] | None = None
    caps: NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        points = _own(self.points, np.float32)
        if points.size == 0:
            points = _own(points.reshape(0, 2), np.float32)
        if points.ndim != 2 or points.shape[1] != 2:
            raise DoodleError(f"points have shape {points.shape}; give (V, 2)")
        vertices = len(points)
        offsets = _rising("offsets", self.offsets, vertices)
        contours = len(offsets) - 1
        shapes = _rising("shapes", self.shapes, contours)
        count = len(shapes) - 1
        if count > MOST_SHAPES or vertices > MOST_VERTICES:
            raise DoodleError(
                f"a drawing of {count:,} shapes and {vertices:,} vertices is too large; "
                f"give at most {MOST_SHAPES:,} shapes and {MOST_VERTICES:,} vertices"
            )
        if contours > MOST_VERTICES:  # which are empty for the most part, and yet take memory and time
            raise DoodleError(f"a drawing of {contours:,} contours is too large; give at most {MOST_VERTICES:,}")
        made: dict[str, Any] = {"points": points, "offsets": offsets, "shapes": shapes}
        for name, dtype, length in (
            ("radii", np.float32, vertices),
            ("opacities", np.float32, vertices),
            ("cyclic", np.bool_, contours),
            ("areas", np.bool_, count),
            ("styles", np.int32, count),
            ("layers", np.int32, count),
        ):
            given = getattr(self, name)
            array = _own(np.zeros(length) if given is None else given, dtype)
            if array.shape != (length,):
                raise DoodleError(f"{name} have shape {array.shape}; give ({length},)")
            made[name] = array
        colours = None if self.colours is None or vertices == 0 else _own(self.colours, np.float32)
        if colours is not None and colours.shape != (vertices, 3):
            raise DoodleError(f"colours have shape {colours.shape}; give ({vertices}, 3)")
        made["colours"] = colours
        for name, length in (("depths", vertices), ("sheet", _SHEET)):
            given = getattr(self, name)
            made[name] = None if given is None or vertices == 0 else _own(given, np.float32)
            if made[name] is not None and (made[name].shape != (length,) or not np.isfinite(made[name]).all()):
                raise DoodleError(f"{name} must be {length} finite numbers, or None")
        made["caps"] = None if self.caps is None or count == 0 else _own(self.caps, np.int8)
        if made["caps"] is not None and (made["caps"].shape != (count,) or (made["caps"] & ~3).any()):
            raise DoodleError(f"caps must be {count} numbers from 0 to 3, or None")
        for name, array in made.items():
            object.__setattr__(self, name, array)
        self._refuse(~np.isfinite(points).all(axis=1), "a point that is not a finite number; remove it")
        radii, opacities = made["radii"], made["opacities"]
        self._refuse(~(np.isfinite(radii) & (radii >= 0)), "a radius that is not a number from 0; give 0 or more")
        self._refuse(~((opacities >= 0) & (opacities <= 1)), "an opacity outside 0 to 1; give 0 to 1")
        if colours is not None:
            shown = ((colours >= 0) & (colours <= 1)).all(axis=1)  # NaN compares false
            self._refuse(~shown, "a colour outside 0 to 1; give red, green and blue, 0 to 1 each")
        if count and (np.diff(made["layers"]) < 0).any():
            raise DoodleError("layers fall along the shapes; give the shapes layer after layer, from the back")

    def _refuse(self, bad: NDArray[np.bool_], what: str) -> None:
        """Raise a DoodleError that names the first shape (counted from 1) with a bad vertex."""
        if bad.any():
            raise DoodleError(f"stroke {int(self.shape_of_vertex[int(np.argmax(bad))]) + 1} has {what}")

    @classmethod
    def trusted(cls, **arrays: Any) -> Drawing:
        """A drawing of arrays that are known to be right, of the right types and nobody else's: nothing is checked or
        copied. All fields must be given; for in-betweens, which are made many times a second."""
        made = object.__new__(cls)
        for name, array in arrays.items():
            if array is not None:
                array.flags.writeable = False
            object.__setattr__(made, name, array)
        return made

    @classmethod
    def make(
        cls,
        polylines: Sequence[ArrayLike] = (),
        radii: float | Sequence[ArrayLike] = 0.02,
        opacities: float | Sequence[ArrayLike] = 1.0,
        cyclic: bool | Sequence[bool] = False,
        filled: bool | Sequence[bool] = False,
        colours: Sequence[ArrayLike] | None = None,
    ) -> Drawing:
        """A drawing from a list of polylines, each (n, 2) in canvas units.

        A filled polyline of three or more points is an area, and, where it has a radius above 0, a line over it.

        Parameters
        ----------
        radii, opacities
            One number for all, or one entry a polyline (a number, or (n,) for its points).
        cyclic, filled
            One flag for all, or one a polyline.
        colours
            One entry a polyline, (3,) or (n, 3) for its points. None: not known.

        Raises
        ------
        DoodleError
            Naming the polyline, for anything else.
        """
        return cls(**building.from_polylines(polylines, radii, opacities, cyclic, filled, colours))

    @classmethod
    def empty(cls) -> Drawing:
        """A drawing without shapes."""
        return cls.make()

    def __len__(self) -> int:
        """Number of shapes."""
        return len(self.shapes) - 1

    @cached_property
    def contour_of_vertex(self) -> NDArray[np.int64]:
        """(V,): the contour of each vertex."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @cached_property
    def shape_of_contour(self) -> NDArray[np.int64]:
        """(C,): the shape of each contour."""
        return np.repeat(np.arange(len(self)), np.diff(self.shapes))

    @cached_property
    def shape_of_vertex(self) -> NDArray[np.int64]:
        """(V,): the shape of each vertex."""
        return self.shape_of_contour[self.contour_of_vertex]

    @cached_property
    def filled(self) -> NDArray[np.bool_]:
        """(C,): whether each contour belongs to an area."""
        return self.areas[self.shape_of_contour]

    @cached_property
    def inked(self) -> NDArray[np.bool_]:
        """(V,): whether a vertex leaves ink: part of a line with a width, or of an area."""
        return (self.opacities > 0) & ((self.radii > 0) | self.areas[self.shape_of_vertex])

    @cached_property
    def blank(self) -> bool:
        """Whether nothing at all is drawn, wherever the canvas ends."""
        enough = np.diff(self.offsets) > np.where(self.filled, 2, 0)
        return not (self.inked & enough[self.contour_of_vertex]).any()

    @cached_property
    def plain(self) -> NDArray[np.float32] | None:
        """The one colour, (3,), that all ink has; None where it has several, or none is known."""
        if self.colours is None:
            return None
        colours = self.colours[self.inked]
        return colours[0] if len(colours) and (colours == colours[0]).all() else None

    def select(self, kept: ArrayLike) -> Drawing:
        """The drawing with some of its shapes only, in the order given: a mask (S,) bool, or numbers of shapes."""
        chosen = np.asarray(kept)
        order = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        contours = building.ranges(self.shapes[:-1][order], self.shapes[1:][order])
        vertices = building.ranges(self.offsets[:-1][contours], self.offsets[1:][contours])
        values = {name: None if (own := getattr(self, name)) is None else own[vertices] for name in _PER_VERTEX}
        return Drawing(
            **values,  # type: ignore[arg-type]
            offsets=building.offsets_of(np.diff(self.offsets)[contours]),
            cyclic=self.cyclic[contours],
            shapes=building.offsets_of(np.diff(self.shapes)[order]),
            areas=self.areas[order],
            styles=None if self.styles is None else self.styles[order],
            layers=None if self.layers is None else self.layers[order],
            sheet=self.sheet,
            caps=None if self.caps is None else self.caps[order],
        )


def _own(array: ArrayLike, dtype: Any) -> NDArray[Any]:
    """A read-only copy of an array, so that a drawing cannot change behind its digest."""
    with np.errstate(over="ignore", invalid="ignore"):  # too large for float32 becomes inf, and is refused by name
        copy = np.array(array, dtype=dtype, order="C")
    copy.flags.writeable = False
    return copy


def _rising(name: str, given: ArrayLike, last: int) -> NDArray[np.int32]:
    array = _own(given, np.int32)
    rising = array.ndim == 1 and len(array) > 0 and array[0] == 0 and bool((np.diff(array) >= 0).all())
    if not rising or array[-1] != last:
        what = "vertices" if name == "offsets" else "contours"
        raise DoodleError(f"{name} must rise from 0 to the number of {what}, {last}")
    return array
