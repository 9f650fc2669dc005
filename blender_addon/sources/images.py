"""Pictures as keys: several files, or sheets of drawings cut along their gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import requirements

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.drawing import Picture
    from doodle_core.reading.settings import Reading
    from doodle_core.reading.sheets import Grid

    from ..properties import DoodleSettings

__all__ = ["PictureCell", "Sheet", "read"]


@dataclass(frozen=True)
class Sheet:
    """How picture files become keys: each is cut into columns x rows cells, row by row, and read as
    `doodle_core.reading.settings.Reading` says."""

    columns: int = 1
    rows: int = 1
    polarity: str = "auto"
    sensitivity: float = 0.5
    smallest: float = 0.3
    paper: str = "removed"

    @classmethod
    def of(cls, settings: DoodleSettings) -> Sheet:
        """That of a doodle's keys."""
        return cls(
            settings.columns,
            settings.rows,
            settings.polarity,
            settings.sensitivity,
            settings.smallest,
            settings.paper,
        )

    def store(self, settings: DoodleSettings) -> None:
        """Let a doodle remember it."""
        settings.columns, settings.rows, settings.polarity = self.columns, self.rows, self.polarity
        settings.sensitivity, settings.smallest, settings.paper = self.sensitivity, self.smallest, self.paper

    def reading(self) -> Reading:
        """How the pictures are read."""
        requirements.ensure()
        from doodle_core.reading.settings import Reading

        return Reading(self.polarity, self.sensitivity, self.smallest, self.paper)


@dataclass(frozen=True, eq=False)
class PictureCell:
    """A cell of a picture file, as a drawing. `cell` counts row by row from 0."""

    path: Path
    cell: int
    drawing: Picture


def read(
    paths: Sequence[Path], sheet: Sheet, seen: Callable[[Path, np.ndarray[Any, Any], Grid], None] | None = None
) -> list[PictureCell]:
    """All cells of all files in order, empty ones included. `seen` is given each sheet's pixels and where its cells
    lie. Raises DoodleError, naming the file, for one that is no picture or cannot be cut.
    """
    requirements.ensure()
    from doodle_core import inputs

    cut, reading = inputs.Sheet(sheet.columns, sheet.rows), sheet.reading()
    found = []
    for path in paths:
        # A file's pixels go before the next one's come.
        cells, _ = inputs.cells_of_file(path, cut, reading, seen=seen)
        found += [PictureCell(path, number, cell) for number, cell in enumerate(cells)]
    return found
