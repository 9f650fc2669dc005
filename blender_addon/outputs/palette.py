"""Which material slots the strokes of in-betweens have.

Before Blender 5.1 a material says whether the line and the fill of its strokes show. An area without its line, or a
line without its fill, may then need a material that the artist has none of: a copy that shows the one or the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy

from ..sources import styles

if TYPE_CHECKING:
    from ..sources.styles import Styles

__all__ = ["Palette"]

_NAMES = {(True, True): "Line and Fill", (True, False): "Line", (False, True): "Fill"}


@dataclass
class Palette:
    """The slots of a drawing, and those that strokes need beside them: added in `complete`, not before.

    `said` is of the slots that there are; `more` has of each new one the slot that it is made after, and whether its
    line and its fill show.
    """

    said: Styles
    materials: list[bpy.types.Material | None]
    more: list[tuple[int, bool, bool]] = field(default_factory=list)

    @classmethod
    def of(cls, ob: bpy.types.Object, kept: str = "") -> Palette:
        """Of an object; with the colours that its slots had when keys were read (`styles.kept`), so that what is as its
        material is goes on being that when the material changes."""
        return cls(styles.with_kept(styles.of_slots(ob), kept), styles.slots(ob))

    @classmethod
    def of_ink(cls, colour: Sequence[float]) -> Palette:
        """The one slot of a drawing that is yet to be made, in a colour, linear RGBA."""
        import numpy as np

        one, both = np.array([True]), np.array([colour], np.float64)
        fill = np.array([not styles.materials_say_what_shows()])
        return cls(styles.Styles(one, fill, np.zeros(1, np.int32), np.zeros(1, np.int32), both, both), [None])

    def slot(self, like: int, line: bool, fill: bool) -> int:
        """The number of a slot that looks as slot `like` does and shows line and fill as told."""
        like = min(max(like, 0), len(self.materials) - 1)
        if not styles.materials_say_what_shows() or self._shows(like) == (line, fill):
            return like
        name = _name(self.materials[like], line, fill)
        for number, material in enumerate(self.materials):
            made = material is not None and (material.name == name or material.name.startswith(f"{name}."))
            if made and self._shows(number) == (line, fill) and self._alike(number, like):
                return number
        wanted = (like, line, fill)
        if wanted not in self.more:
            self.more.append(wanted)
        return len(self.materials) + self.more.index(wanted)

    def complete(self, ob: bpy.types.Object) -> None:
        """Give the drawing the slots that were asked for."""
        known = styles.slots(ob)
        for like, line, fill in self.more:
            ob.data.materials.append(_made(known[like], line, fill))

    def _shows(self, number: int) -> tuple[bool, bool]:
        return bool(self.said.line[number]), bool(self.said.fill[number])

    def _alike(self, one: int, other: int) -> bool:
        colours, fills = self.said.colours, self.said.fill_colours
        return bool((colours[one] == colours[other]).all() and (fills[one] == fills[other]).all())


def _made(base: bpy.types.Material | None, line: bool, fill: bool) -> bpy.types.Material:
    """A material that looks as another one and shows line and fill as told: one that was made before, or a new one."""
    name = _name(base, line, fill)
    there: bpy.types.Material | None = bpy.data.materials.get(name)
    if base is not None and there is not None and there.grease_pencil is not None and there.library is None:
        style, like = there.grease_pencil, base.grease_pencil
        same = all(tuple(getattr(style, one)) == tuple(getattr(like, one)) for one in ("color", "fill_color"))
        if same and (style.show_stroke, style.show_fill) == (line, fill):
            return there
    if base is None:
        made = bpy.data.materials.new(name)
        bpy.data.materials.create_gpencil_data(made)
    else:
        made = base.copy()
        made.name = name
    made.grease_pencil.show_stroke, made.grease_pencil.show_fill = line, fill
    return made


def _name(base: bpy.types.Material | None, line: bool, fill: bool) -> str:
    """Short enough for Blender to keep as it is."""
    return f"{'Material' if base is None else base.name[:32]} {_NAMES[line, fill]}"
