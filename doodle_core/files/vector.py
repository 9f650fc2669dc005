"""Vector films as files: SVG and Lottie, by the name's ending."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from doodle_core.errors import DoodleError
from doodle_core.files.figures import Page
from doodle_core.files.lottie import lottie
from doodle_core.files.scenes import Scene
from doodle_core.files.svg import svg
from doodle_core.sequence import whole_file

__all__ = ["ENDINGS", "write_vector"]

ENDINGS: dict[str, Callable[[Iterable[Scene], Page], str]] = {".svg": svg, ".json": lottie}
"""What makes the text of a file with that ending."""


def write_vector(path: str | os.PathLike[str], scenes: Iterable[Scene], page: Page) -> Path:
    """Write a film as SVG or Lottie, whole or not at all.

    Parameters
    ----------
    path
        Ends in .svg, or in .json for Lottie.
    scenes : of Scene
        Without gaps, from frame 0.
    page : Page

    Raises
    ------
    DoodleError
        For another ending, and for a place where nothing can be written.
    """
    path = Path(path)
    text = ENDINGS.get(path.suffix.lower())
    if text is None:
        raise DoodleError(f"{path} is no vector film's name; let it end in .svg, or in .json for Lottie")
    made = text(scenes, page)
    with whole_file(path) as temporary, temporary.open("x", encoding="utf-8", newline="\n") as file:
        file.write(made)
    return path
