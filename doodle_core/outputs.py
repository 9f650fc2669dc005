"""Where the command line writes to: a folder of pictures, a film, or a vector animation, by the name's ending.

Everything heavy is imported when it is needed, so that `doodle --help` answers at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from doodle_core.errors import DoodleError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.film import Film
    from doodle_core.rendering.style import Style

__all__ = ["FILMS", "VECTORS", "Output", "check_output", "write"]

Parts: TypeAlias = "Iterator[tuple[Film, Sequence[float]]]"
"""Films, one after the other, each at some positions."""

FILMS = (".gif", ".mp4")
VECTORS = (".svg", ".json")
# Endings of files, which the names of folders hardly have.
_PICTURES = {".apng", ".bmp", ".exr", ".jpeg", ".jpg", ".pdf", ".png", ".tif", ".tiff", ".webp"}
_OTHERS = _PICTURES | {".avi", ".html", ".lottie", ".mkv", ".mov", ".npz", ".tgs", ".webm", ".zip"}


@dataclass(frozen=True)
class Output:
    """What is written, and how.

    Parameters
    ----------
    path : Path
        Its ending says what: one of FILMS, of VECTORS, or, for a folder of PNG pictures, neither.
    size : int
        Pixels a side.
    fps : float
        Frames a second, of films.
    pin : float
        How strongly pictures are shown at their keys, 0 to 1.
    rgba : bool
        Colours on nothing, instead of greys on paper; of vector films, no paper.
    polarity : str
        'dark' ink on white paper, or 'light' on black.
    laid : bool
        Whether greys show how light colours are; else ink is ink.
    """

    path: Path
    size: int
    fps: float
    pin: float
    rgba: bool
    polarity: str
    laid: bool


def check_output(path: Path, rgba: bool) -> None:
    """Raise DoodleError for mistakes about the output that can be known before any work."""
    ending, written = path.suffix.lower(), _either(FILMS + VECTORS)
    if ending in FILMS + VECTORS:
        if rgba and ending in FILMS:
            raise DoodleError(f"{path} cannot be transparent; leave out --rgba, or give a folder for PNG")
        if path.is_dir():
            raise DoodleError(f"{path} is a folder; give a film another name")
    elif path.exists() and not path.is_dir():
        raise DoodleError(f"{path} is a file; give a folder, or a name that ends in {written}")
    elif ending in _OTHERS and not path.exists():
        raise DoodleError(f"{path} cannot be written; let the name end in {written}, or name a folder")


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def write(output: Output, parts: Parts, count: int) -> Iterator[str]:
    """Write `count` frames; yields lines that say what was done. Raises DoodleError where that cannot be."""
    from doodle_core import sequence

    path, ending = output.path, output.path.suffix.lower()
    if ending in VECTORS:
        _write_vector(output, parts)
    elif ending == ".gif":
        sequence.write_gif(path, _pictures(output, parts), output.fps)
    elif ending == ".mp4":
        sequence.write_mp4(path, _pictures(output, parts), output.fps)
    else:
        sequence.write_pngs(path, _pictures(output, parts), count)
        older = sum(entry.stem.isdigit() and int(entry.stem) > count for entry in path.glob("*.png"))
        if older:
            yield f"{path}: {older} older pictures with higher numbers were left as they were"
    yield f"{path}: {count} {'picture' if count == 1 else 'pictures'}"


def _write_vector(output: Output, parts: Parts) -> None:
    from doodle_core.files.figures import Page
    from doodle_core.files.scenes import Shot, scenes_of
    from doodle_core.files.vector import write_vector

    look = _look(output)
    shots = [Shot(film, position, look) for film, positions in parts for position in positions]
    films = [shot.film for shot in shots]
    held = any(one.boil.amount > 0 or one.track.wobble is not None or one.track.method == "hold" for one in films)
    level = 1.0 if output.polarity == "dark" else 0.0
    page = Page.square(output.size, output.fps, None if output.rgba else (level, level, level))
    write_vector(output.path, scenes_of(shots, held), page)


def _look(output: Output) -> Style:
    """Ink whose colour is not known is black, or white on dark paper."""
    from doodle_core.rendering.style import Style

    return Style(colour=(1.0, 1.0, 1.0, 1.0) if output.polarity == "light" else (0.0, 0.0, 0.0, 1.0))


def _pictures(output: Output, parts: Parts) -> Iterator[NDArray[np.uint8]]:
    for film, positions in parts:
        yield from _shown(output, film, positions)


def _shown(output: Output, film: Film, positions: Sequence[float]) -> Iterator[NDArray[np.uint8]]:
    """The film's pictures at these positions as 8-bit files hold them: in grey, or transparent."""
    from doodle_core import shades
    from doodle_core.rendering.bleeding import bleed

    drawings = [key.drawing for key in film.track.keys]
    if not shades.any_coloured(drawings) or not (output.rgba or output.laid):
        for ink in film.frames(positions, output.size, pin=output.pin):
            yield shades.inked(ink, output.polarity) if output.rgba else shades.grey(ink, output.polarity)
        return
    look = _look(output)
    for position in positions:
        rgba = bleed(film.frame_rgba(position, output.size, look, output.pin, drawn_ink=True))
        yield shades.coloured(rgba) if output.rgba else shades.laid(rgba, output.polarity)
