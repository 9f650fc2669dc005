"""The shapes of an in-between as the strokes that Grease Pencil draws of them, with the looks that they come with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..sources.styles import materials_say_what_shows
from . import keyhole, stroke_data

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing
    from doodle_core.film import Pose

    from .palette import Palette
    from .stroke_data import LayerStrokes, Looks

__all__ = ["Dress", "Origins", "Pieces", "dressed", "pieces"]

_SAME = 1e-4
"""Colours this near are one: Blender keeps them in single precision."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """The T strokes that a drawing is written as.

    contours (T,): the contour whose vertices a stroke has; areas and lines (T,): the shape that it fills and the one
    whose line it draws, -1 for none. The strokes of one area are one after the other.
    """

    contours: NDArray[np.int64]
    areas: NDArray[np.int64]
    lines: NDArray[np.int64]


def pieces(drawing: Drawing) -> Pieces:
    """Areas and lines as strokes. What follows an area with its very vertices is its own line, and one stroke with
    it."""
    import numpy as np

    lengths = np.diff(drawing.offsets)
    if not drawing.areas.any():
        own = np.flatnonzero(lengths)
        return Pieces(own, np.full(len(own), -1), drawing.shape_of_contour[own])
    found: list[tuple[int, int, int]] = []
    shapes, count = drawing.shapes.tolist(), len(drawing)
    at = 0
    while at < count:
        contours, area = range(shapes[at], shapes[at + 1]), bool(drawing.areas[at])
        if not area:
            found += [(contour, -1, at) for contour in contours if lengths[contour]]
            at += 1
            continue
        following = at + 1
        for contour in contours:
            line = -1
            if following < count and _is_line_of(drawing, at, contour, following):
                line, following = following, following + 1
            if lengths[contour] > 2:
                found.append((shapes[line] if line >= 0 else contour, at, line))
            elif line >= 0 and lengths[contour]:
                found.append((shapes[line], -1, line))
        at = following
    return Pieces(*np.array(found, np.int64).reshape(-1, 3).T)


def _is_line_of(drawing: Drawing, area: int, contour: int, line: int) -> bool:
    """Whether shape `line` is the line of an area's contour: of the same vertices, layer and, as it tells the fill's
    looks at the first contour, style."""
    import numpy as np

    first, last = int(drawing.shapes[line]), int(drawing.shapes[line + 1])
    leads = contour == drawing.shapes[area]
    if drawing.areas[line] or last - first != 1 or drawing.layers[line] != drawing.layers[area]:
        return False
    if leads and drawing.styles[line] != drawing.styles[area]:
        return False
    own, other = (drawing.points[drawing.offsets[one] : drawing.offsets[one + 1]] for one in (contour, first))
    return np.array_equal(own, other)


@dataclass(frozen=True)
class Origins:
    """What is known of the strokes of a key: their looks, and which of them each shape of the key's drawing is, (S,)
    int; none where the source has changed since."""

    looks: Looks
    owners: NDArray[np.int64]
    styles: NDArray[np.int32]
    """(S,): the material slot of each shape."""


@dataclass(frozen=True)
class Dress:
    """How strokes are dressed: in the slots of a palette, as the keys' strokes (`origins` by the key's number).

    own: the palette is that of the drawing that the keys come from, and shapes have its styles; else of one ink, whose
    colour and alpha say nothing of shapes. ink: the one colour, linear (3,), that all shapes have; None: their own.
    alpha: how much is seen of the whole. heavier: what lines get wider on each side, in canvas units.
    """

    palette: Palette
    origins: Callable[[int], Origins]
    own: bool
    ink: tuple[float, ...] | None = None
    alpha: float = 1.0
    heavier: float = 0.0


def dressed(pose: Pose, dress: Dress) -> LayerStrokes:
    """The strokes of a pose on and before the unit square round the origin, y up, with radii in its sides. Shapes
    that both keys have look as at the nearer one."""
    import numpy as np

    from doodle_core.drawing.building import offsets_of, ranges

    holes = not materials_say_what_shows()
    drawing = _seen(pose.drawing if holes else keyhole.without_holes(pose.drawing), dress)
    parts = pieces(drawing)
    if not len(parts.contours):
        return stroke_data.nothing()
    lined = parts.lines >= 0
    rows = ranges(drawing.offsets[:-1][parts.contours], drawing.offsets[1:][parts.contours])
    lengths = np.diff(drawing.offsets)[parts.contours]
    near = np.zeros(len(rows)) if drawing.depths is None else drawing.depths[rows]
    square = np.column_stack([drawing.points[rows, 0] - 0.5, 0.5 - drawing.points[rows, 1], near])
    of = _Looked(pose, dress, parts, rows, lengths, drawing)
    values = of.values()
    if holes:
        values["fill_id"] = (parts.areas + 1).astype(np.int32)
        values["hide_stroke"] = ~lined
    radii = np.where(np.repeat(lined, lengths), drawing.radii[rows], 0)
    return stroke_data.LayerStrokes(
        points=square,
        radii=np.where(radii > 0, np.maximum(radii + dress.heavier, 0.0), 0.0),
        opacities=of.opacities(),
        colours=of.colours(),
        offsets=offsets_of(lengths),
        cyclic=drawing.cyclic[parts.contours],
        values=values,
        layers=drawing.layers[np.where(lined, parts.lines, parts.areas)],
    )


def _seen(drawing: Drawing, dress: Dress) -> Drawing:
    """The drawing in one ink, and as opaque as its dress says."""
    import numpy as np

    if dress.alpha != 1.0:
        drawing = replace(drawing, opacities=drawing.opacities * np.float32(dress.alpha))
    if dress.ink is not None:
        colours = np.tile(np.array(dress.ink, np.float32), (len(drawing.points), 1)) if dress.own else None
        drawing = replace(drawing, colours=colours)
    return drawing


class _Looked:
    """The looks of the strokes of one drawing."""

    def __init__(
        self,
        pose: Pose,
        dress: Dress,
        parts: Pieces,
        rows: NDArray[np.int64],
        lengths: NDArray[np.int64],
        drawing: Drawing,
    ) -> None:
        import numpy as np

        self._dress, self._parts, self._rows, self._lengths, self._drawing = dress, parts, rows, lengths, drawing
        self._starts = np.cumsum(lengths) - lengths
        self._lined, self._filled = parts.lines >= 0, parts.areas >= 0
        self._shapes = np.where(self._lined, parts.lines, parts.areas)
        origins = pose.origins[self._shapes]
        keys, later = pose.keys[self._shapes], pose.later[self._shapes]
        second = (origins[:, 1] >= 0) & (later | (origins[:, 0] < 0))
        self._keys = np.where(second, keys[:, 1], keys[:, 0])
        self._in_key = np.where(second, origins[:, 1], origins[:, 0])
        self._others = np.where(second, keys[:, 0], keys[:, 1]), np.where(second, origins[:, 0], origins[:, 1])
        firsts = drawing.shapes[:-1][np.maximum(parts.areas, 0)]
        at = drawing.offsets[:-1][firsts]
        self._fill_alpha = np.where(self._filled, drawing.opacities[at], 1.0)
        self._fill_colour = None if drawing.colours is None else drawing.colours[at]
        self._line_alpha = drawing.opacities[rows]
        self._slots = self._chosen_slots()
        said = dress.palette.said
        one = np.ones(len(lengths))
        self._alpha = said.colours[self._slots, 3] if dress.own else one
        self._fill = said.fill_colours[self._slots, 3] if dress.own else one
        self._find_bases()

    def _chosen_slots(self) -> NDArray[np.int64]:
        """The slot of each stroke's style; where its material's alpha cannot be as opaque as the stroke, that of the
        other key's where it can."""
        import numpy as np

        said = self._dress.palette.said
        last = len(said.slots) - 1
        if not self._dress.own:
            return np.zeros(len(self._shapes), np.int64)
        slots = np.clip(self._drawing.styles[self._shapes], 0, last).astype(np.int64)
        other = slots.copy()
        keys, shapes = self._others
        for key in np.unique(keys[shapes >= 0]).tolist():
            known = self._dress.origins(key).styles
            mine = (keys == key) & (shapes >= 0) & (shapes < len(known))
            other[mine] = np.clip(known[shapes[mine]], 0, last)
        most = np.maximum.reduceat(self._line_alpha, self._starts)

        def reach(chosen: NDArray[np.int64]) -> NDArray[np.float64]:
            line = np.where(self._lined, np.minimum(said.colours[chosen, 3] - most, 0), 0)
            fill = np.where(self._filled, np.minimum(said.fill_colours[chosen, 3] - self._fill_alpha, 0), 0)
            return np.minimum(line, fill)

        return np.where(reach(other) > reach(slots) + _SAME, other, slots)

    def _find_bases(self) -> None:
        """The looks of the strokes that these come from, where they are known."""
        import numpy as np

        count = len(self._shapes)
        self._base, self._fill_base = np.zeros((2, count, 4))
        self._values: dict[str, NDArray[Any]] = {}
        for key in np.unique(self._keys).tolist():
            known = self._dress.origins(key)
            mine = np.flatnonzero((self._keys == key) & (self._in_key >= 0) & (self._in_key < len(known.owners)))
            owners = known.owners[self._in_key[mine]]
            self._base[mine], self._fill_base[mine] = known.looks.colours[owners], known.looks.fills[owners]
            for name, values in known.looks.values.items():
                into = self._values.setdefault(name, stroke_data.default(name, count))
                into[mine] = values[owners]

    def values(self) -> dict[str, NDArray[Any]]:
        """What is said of strokes by attribute, materials and fills too."""
        import numpy as np

        kinds, which = np.unique(4 * self._slots + 2 * self._lined + self._filled, return_inverse=True)
        chosen = [self._dress.palette.slot(kind >> 2, bool(kind & 2), bool(kind & 1)) for kind in kinds.tolist()]
        answer = {**self._values, "material_index": np.array(chosen, np.int32)[which]}
        if self._filled.any():
            shown = np.clip(self._fill_alpha / np.maximum(self._fill, 1e-6), 0, 1)
            answer["fill_opacity"] = np.where(self._filled & (self._fill > 0), shown, 1.0).astype(np.float32)
            fills = np.where(self._filled[:, None], self._fills(), 0.0)
            if fills.any():
                answer["fill_color"] = fills.astype(np.float32)
        return answer

    def opacities(self) -> NDArray[np.floating]:
        """(N,) so opaque that under its material's alpha a line is as opaque as it is drawn."""
        import numpy as np

        alpha = np.repeat(np.where(self._lined, self._alpha, 0.0), self._lengths)
        return np.where(alpha > 0, np.clip(self._line_alpha / np.maximum(alpha, 1e-6), 0, 1), 1.0)

    def colours(self) -> NDArray[np.floating]:
        """(N, 4) vertex colours: the artist's where these make the colour that is drawn, else the colour itself."""
        import numpy as np

        lengths, base = self._lengths, self._base
        colours = self._drawing.colours
        if colours is None:
            return np.repeat(np.where(self._lined[:, None], base, 0.0), lengths, axis=0)
        drawn = colours[self._rows]
        material = self._dress.palette.said.colours[self._slots, :3]

        def made_by(over: NDArray[np.floating]) -> NDArray[np.bool_]:
            mixed = material + over[:, 3:] * (over[:, :3] - material)
            away = np.abs(drawn - np.repeat(mixed, lengths, axis=0)).max(axis=1)
            return np.asarray(np.maximum.reduceat(away, self._starts) <= _SAME)

        artists, bare = made_by(base), made_by(np.zeros_like(base))
        kept = np.where((artists & self._lined)[:, None], base, 0.0)
        own = np.repeat(self._lined & ~artists & ~bare, lengths)
        answer = np.repeat(kept, lengths, axis=0)
        answer[own, :3], answer[own, 3] = drawn[own], 1.0
        return answer

    def _fills(self) -> NDArray[np.floating]:
        """(T, 4) likewise of the fills."""
        import numpy as np

        base, drawn = self._fill_base, self._fill_colour
        if drawn is None:
            return base
        material = self._dress.palette.said.fill_colours[self._slots, :3]
        mixed = material + base[:, 3:] * (base[:, :3] - material)
        artists = (np.abs(drawn - mixed).max(axis=1) <= _SAME)[:, None]
        bare = (np.abs(drawn - material).max(axis=1) <= _SAME)[:, None]
        own = np.column_stack([drawn, np.ones(len(drawn))])
        return np.where(artists, base, np.where(bare, 0.0, own))
