"""The command line `doodle`: pictures in, the drawings between them out.

Status 0 only when all was written. A user's mistake ends with one line on stderr and status 2. Everything but argparse
is imported when needed, so that `doodle --help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from doodle_core import __version__
from doodle_core.errors import DoodleError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Picture, Shown
    from doodle_core.film import Film
    from doodle_core.model import DoodleModel
    from doodle_core.track import LatentTrack

__all__ = ["main"]

Polarity: TypeAlias = Literal["dark", "light"]

METHODS = ("linear", "circular", "spherical", "cubic", "hold")  # as in interpolation.py, which costs an import of numpy
ENGINES = ("auto", "onnx", "torch")  # as in engines, likewise
DEVICES = ("auto", "cpu", "gpu")
_ON = 2  # pictures that a wobble of the boil is held, if not told otherwise: "on twos"
_SIDE = 1024  # pixels a side that are kept of a picture, as `from_pixels` does
_PROBE = 512  # pixels a side on which a large picture's polarity is decided
_INK = 512 << 20  # bytes of ink and its colours in memory, of all keys together
_BYTES = 7  # of a pixel's ink and colour
_FAINT = 0.08  # a cell of a sheet with nowhere more ink is blank: what JPEG and scanners leave on paper


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Wrong arguments leave by SystemExit with status 2, as argparse does."""
    arguments = _parser().parse_args(argv)
    try:
        with _stoppable():
            arguments.run(arguments)
    except DoodleError as error:
        return _complain(str(error))
    except OSError as error:
        reason = error.strerror or str(error)
        return _complain(f"{error.filename}: {reason}" if error.filename else reason)
    except MemoryError:
        return _complain("not enough memory; choose a smaller --size")
    except _Stopped as stopped:
        _complain("stopped")
        return 128 + stopped.signal
    return 0


class _Stopped(BaseException):
    """Somebody ended the program: clean up and leave."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C and a polite kill raise _Stopped, so that unfinished files are removed on the way out."""

    def stop(number: int, frame: object) -> NoReturn:
        raise _Stopped(number)

    if threading.current_thread() is not threading.main_thread():  # only there may handlers be set
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _complain(message: str) -> int:
    """One line on stderr, whatever is in the message."""
    line = " ".join(message.split())
    print(f"doodle: {line.encode(errors='backslashreplace').decode()}", file=sys.stderr)
    return 2


def _say(message: str) -> None:
    print(message.encode(errors="backslashreplace").decode())


@dataclass(frozen=True)
class _Paper:
    """How pictures are to be written: in which polarity, and whether grey ones show the colours' luma.

    They do not where colours have no paper, having been drawn by alpha, or papers differ: then ink is ink.
    """

    polarity: Polarity
    laid: bool


# Commands


def _animate(arguments: argparse.Namespace) -> None:
    from doodle_core.film import Film
    from doodle_core.track import LatentKey

    pictures, paper = _read_pictures(arguments)
    _check_output(arguments)
    model = _model(arguments)
    drawings = _for_model(model, pictures, paper)
    step = arguments.frames_between + 1
    latents = model.encode(drawings)
    keys = tuple(
        LatentKey(latent, float(number * step), drawing)
        for number, (latent, drawing) in enumerate(zip(latents, drawings, strict=True))
    )
    film = Film(model, _track(arguments, model, keys, step))
    count = len(keys) * step if arguments.loop else (len(keys) - 1) * step + 1
    positions = [number // step + (number % step) / step for number in range(count)]
    _write(arguments, _boiling(arguments, film, positions, paper), count)


def _boiling(
    arguments: argparse.Namespace, film: Film, positions: Sequence[float], paper: _Paper
) -> Iterator[NDArray[np.uint8]]:
    """The pictures of an animation, with a new wobble every few of them where one is held."""
    from doodle_core.boil import Boil

    if arguments.boil == 0 and arguments.on is None:
        yield from _shown(arguments, film, positions, paper)
        return
    step = arguments.on or _ON
    for wobble, first in enumerate(range(0, len(positions), step)):
        # Without --on only the boil is held, and sigma goes on from picture to picture.
        track = film.track if arguments.on is None else replace(film.track, wobble=wobble)
        held = replace(film, track=track, boil=Boil(arguments.boil, arguments.seed, wobble))
        yield from _shown(arguments, held, positions[first : first + step], paper)


def _encode(arguments: argparse.Namespace) -> None:
    import numpy as np

    from doodle_core.keys_file import StoredKeys, write_keys

    pictures, paper = _read_pictures(arguments)
    model = _model(arguments)
    drawings = _for_model(model, pictures, paper)
    times = np.arange(len(drawings), dtype=np.float64)
    keys = StoredKeys(model.card.id, paper.polarity, paper.laid, model.encode(drawings), times, drawings)
    write_keys(arguments.output, keys)
    _say(f"{arguments.output}: {len(drawings)} keys")


def _decode(arguments: argparse.Namespace) -> None:
    import numpy as np

    from doodle_core.film import Film
    from doodle_core.keys_file import read_keys
    from doodle_core.track import LatentKey

    stored = read_keys(arguments.keys)
    last = len(stored.latents) if arguments.loop else len(stored.latents) - 1
    for position in arguments.at:
        if not 0.0 <= position <= last:
            raise DoodleError(f"position {position:g} is outside {arguments.keys}; give 0 to {last}")
    _check_output(arguments)
    model = _model(arguments)
    if stored.model != model.card.id:
        raise DoodleError(
            f"{arguments.keys} was made by model {stored.model}, this is {model.card.id}; "
            f"encode the pictures again, or give its --model"
        )
    size = stored.latents.shape[1] if isinstance(stored.latents, np.ndarray) else None
    if size != (None if model.DRAWS else model.latent_size):
        raise DoodleError(f"{arguments.keys} is damaged (its latents are not the model's); encode the pictures again")
    keys = tuple(
        LatentKey(latent, float(time), drawing)
        for latent, time, drawing in zip(stored.latents, stored.times, stored.drawings, strict=True)
    )
    # A loop returns to its first key as long after the last one as keys stand apart on average.
    step = (stored.times[-1] - stored.times[0]) / (len(keys) - 1) if len(keys) > 1 else 1.0
    film = Film(model, _track(arguments, model, keys, float(step)))
    frames = _shown(arguments, film, arguments.at, _Paper(stored.polarity, stored.laid))
    _write(arguments, frames, len(arguments.at))


def _info(arguments: argparse.Namespace) -> None:
    import json

    from doodle_core.engines.engine import tell
    from doodle_core.self_test import self_test

    model = _model(arguments)
    tested = {}
    if arguments.self_test:
        done = self_test(model)
        tell(done.told())
        tested["self_test"] = {"differs": done.differs, "milliseconds_a_frame": round(done.milliseconds, 2)}
    choice = model.choice
    tell(f"{choice.name}: {choice.reason}")
    engine = {"engine": choice.name, "engine_why": choice.reason, "engines_refused": dict(choice.refused)}
    card = {name: value for name, value in model.card.table.items() if name not in ("spread", "self_test")}
    shown = {**engine, **card, **tested}
    # Lists on one line: the card holds tables of figures.
    _say("{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in shown.items()) + "\n}")


# Reading


def _read_pictures(arguments: argparse.Namespace) -> tuple[list[Picture], _Paper]:
    """Every picture (or cell of a sheet, but blank ones), and how to write: in the first one's polarity."""
    columns, rows = arguments.sheet
    # Of very many pictures (over 70) less is kept of each, so that all are there at once.
    side = min(_SIDE, max(_PROBE // 8, math.isqrt(_INK // _BYTES // (len(arguments.pictures) * columns * rows))))
    pictures: list[Picture] = []
    papers: list[_Paper] = []
    blank: list[str] = []
    for path in arguments.pictures:
        cells, paper = _read_cells(path, arguments, side)
        gone = [number for number, cell in enumerate(cells, 1) if cell is None]
        if len(gone) == len(cells) and len(gone) > 1:
            raise DoodleError(
                f"{path}: nothing is drawn in any of its cells; check --sheet, or say what is ink with --ink"
            )
        if gone:
            which = f"cell {gone[0]} is" if len(gone) == 1 else f"cells {', '.join(map(str, gone))} are"
            blank.append(f"{path}: {which} blank: skipped")
        pictures += [cell for cell in cells if cell is not None]
        papers.append(paper)
    for line in blank:
        _say(line)
    return pictures, _Paper(papers[0].polarity, all(paper == _Paper(papers[0].polarity, True) for paper in papers))


def _read_cells(path: Path, arguments: argparse.Namespace, side: int) -> tuple[list[Picture | None], _Paper]:
    """A picture's cells, of at most `side` pixels, None for blank ones; and its paper. Its pixels go before the next
    one's come."""
    from doodle_core import raster
    from doodle_core.drawing import is_empty
    from doodle_core.pixels import drawn_by_alpha
    from doodle_core.sequence import read_picture

    columns, rows = arguments.sheet
    with _quiet():
        pixels = read_picture(path)
    with _naming(path):
        polarity = _polarity(pixels) if arguments.ink == "auto" else arguments.ink
        paper = _Paper(polarity, not drawn_by_alpha(pixels))
        cells = raster.split_sheet(pixels, columns, rows) if columns * rows > 1 else [pixels]
    pictures: list[Picture | None] = []
    for number, cell in enumerate(cells, 1):
        with _naming(f"{path}, cell {number}" if len(cells) > 1 else path):
            picture = raster.from_pixels(cell, polarity, side)
        if len(cells) == 1 and is_empty(picture):
            raise DoodleError(f"{path}: nothing is drawn; draw something, leave it out, or say what is ink with --ink")
        pictures.append(picture if len(cells) == 1 or float(picture.ink.max()) >= _FAINT else None)
    return pictures, paper


def _polarity(pixels: NDArray[Any]) -> Polarity:
    """What from_pixels decides for these pixels, seen on a thinned copy; for drawings made of alpha, their colour."""
    import numpy as np

    from doodle_core import raster

    step = max(1, min(pixels.shape[:2]) // _PROBE)
    few = pixels[::step, ::step]
    auto, dark, light = (raster.from_pixels(few, polarity).ink for polarity in ("auto", "dark", "light"))
    if not np.array_equal(dark, light):
        return "dark" if np.array_equal(auto, dark) else "light"
    if few.ndim < 3:
        return "dark"
    # Alpha alone draws here, whatever the polarity: light ink wants a dark paper.
    alpha = few[..., -1].astype(np.float64)
    grey = few[..., :-1].astype(np.float64).mean(axis=2)
    scale = float(np.iinfo(few.dtype).max) if few.dtype.kind == "u" else 1.0
    return "light" if (grey * alpha).sum() > 0.5 * scale * alpha.sum() else "dark"


@contextlib.contextmanager
def _naming(name: object) -> Iterator[None]:
    """Name the picture in an error that does not know it."""
    try:
        yield
    except DoodleError as error:
        raise DoodleError(f"{name}: {error}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what C libraries (libtiff) print about a damaged file on their own: we say it in one line."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


# Working


def _for_model(model: DoodleModel, pictures: list[Picture], paper: _Paper) -> list[Shown]:
    """The pictures as the model's keys: those of a dense model, which knows no colours, are greys."""
    from doodle_core.shades import greyed

    return list(pictures) if model.DRAWS else [greyed(picture, paper.polarity, paper.laid) for picture in pictures]


def _model(arguments: argparse.Namespace) -> DoodleModel:
    from doodle_core.model import DoodleModel

    return DoodleModel.load(
        arguments.model, engine=arguments.engine, threads=arguments.threads, device=arguments.device
    )


def _track(arguments: argparse.Namespace, model: DoodleModel, keys: tuple[Any, ...], step: float) -> LatentTrack:
    return model.track(
        keys,
        method=arguments.method,
        sigma=arguments.sigma,
        seed=arguments.seed,
        closed_time=keys[-1].time + step if arguments.loop else None,
    )


# Writing


def _film_suffix(output: Path) -> str:
    return output.suffix.lower() if output.suffix.lower() in (".gif", ".mp4") else ""


def _check_output(arguments: argparse.Namespace) -> None:
    """Mistakes about the output that can be known before any work."""
    output = arguments.output
    if _film_suffix(output):
        if arguments.rgba:
            raise DoodleError(f"{output} cannot be transparent; leave out --rgba, or give a folder for PNG")
        if output.is_dir():
            raise DoodleError(f"{output} is a folder; give a film another name")
    elif output.exists() and not output.is_dir():
        raise DoodleError(f"{output} is a file; give a folder, or a name that ends in .gif or .mp4")


def _shown(
    arguments: argparse.Namespace, film: Film, positions: Sequence[float], paper: _Paper
) -> Iterator[NDArray[np.uint8]]:
    """The film's pictures at these positions as 8-bit files hold them: in grey, or transparent with --rgba."""
    from doodle_core import shades
    from doodle_core.look import Look
    from doodle_core.rendering.bleeding import bleed

    drawings = [key.drawing for key in film.track.keys]
    if not shades.any_coloured(drawings) or not (arguments.rgba or paper.laid):
        for ink in film.frames(positions, arguments.size, pin=arguments.pin):
            yield shades.inked(ink, paper.polarity) if arguments.rgba else shades.grey(ink, paper.polarity)
        return
    # Ink whose colour is not known is black, or white on dark paper.
    look = Look(colour=(1.0, 1.0, 1.0, 1.0) if paper.polarity == "light" else (0.0, 0.0, 0.0, 1.0))
    for position in positions:
        rgba = bleed(film.frame_rgba(position, arguments.size, look, arguments.pin, drawn_ink=True))
        yield shades.coloured(rgba) if arguments.rgba else shades.laid(rgba, paper.polarity)


def _write(arguments: argparse.Namespace, pictures: Iterator[NDArray[np.uint8]], count: int) -> None:
    from doodle_core import sequence

    output, suffix = arguments.output, _film_suffix(arguments.output)
    if suffix == ".gif":
        sequence.write_gif(output, pictures, arguments.fps)
    elif suffix == ".mp4":
        sequence.write_mp4(output, pictures, arguments.fps)
    else:
        sequence.write_pngs(output, pictures, count)
        older = sum(entry.stem.isdigit() and int(entry.stem) > count for entry in output.glob("*.png"))
        if older:
            _say(f"{output}: {older} older pictures with higher numbers were left as they were")
    _say(f"{output}: {count} {'picture' if count == 1 else 'pictures'}")


# Arguments


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage that argparse puts before it."""
        line = " ".join(message.split())
        self.exit(2, f"doodle: {line}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="doodle", description="The drawings between your doodles.")
    parser.add_argument("--version", action="version", version=f"doodle {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    animate = commands.add_parser("animate", help="pictures to a sequence or film of the drawings between them")
    _add_pictures(animate)
    _add_output(animate, "OUT", "a name ending in .gif or .mp4 for a film, else a folder for 0001.png, 0002.png, ...")
    animate.add_argument(
        "--frames-between",
        type=_whole(0, 100_000),
        default=11,
        metavar="N",
        help="new pictures between two keys (default 11)",
    )
    _add_walk(animate)
    animate.add_argument(
        "--boil",
        type=_real(0, 1000),
        default=0.0,
        metavar="S",
        help=f"shake of every picture, keys too; a new wobble every {_ON} pictures, or as --on says (default 0)",
    )
    animate.add_argument(
        "--on",
        type=_whole(1, 100_000),
        metavar="N",
        help="hold every wobble for N pictures, sigma's too (1 on ones, 2 on twos); without it sigma flows",
    )
    animate.add_argument("--fps", type=_real(0.01, 240), default=12.0, help="pictures a second in a film (default 12)")
    _add_model(animate)
    animate.set_defaults(run=_animate)

    encode = commands.add_parser("encode", help="pictures to a file of latent keys")
    _add_pictures(encode)
    _add_output(encode, "KEYS", "the file to write, keys.npz")
    _add_model(encode)
    encode.set_defaults(run=_encode)

    decode = commands.add_parser("decode", help="drawings at any positions between the keys of a file")
    decode.add_argument("keys", type=Path, metavar="KEYS", help="a file that encode wrote")
    decode.add_argument(
        "--at",
        type=_real(0, math.inf),
        nargs="+",
        required=True,
        metavar="POSITION",
        help="0 at the first key, 1 at the second, 0.5 half-way, ...",
    )
    _add_output(decode, "DIR", "the folder for 0001.png, 0002.png, ... (or a film, as in animate)")
    _add_walk(decode)
    decode.add_argument("--fps", type=_real(0.01, 240), default=12.0, help="pictures a second in a film (default 12)")
    _add_model(decode)
    decode.set_defaults(run=_decode)

    info = commands.add_parser("info", help="the model's card, the engine that runs it, and why that one")
    _add_model(info)
    info.add_argument("--self-test", action="store_true", help="decode a known latent, compare, and time a frame")
    info.set_defaults(run=_info)
    return parser


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE", help="the keys' pictures, in order")
    parser.add_argument(
        "--sheet", type=_grid, default=(1, 1), metavar="COLSxROWS", help="each picture is a sheet of so many doodles"
    )
    parser.add_argument(
        "--ink", choices=("auto", "dark", "light"), default="auto", help="what is ink in the pictures (default auto)"
    )


def _add_output(parser: argparse.ArgumentParser, name: str, text: str) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar=name, help=text)


def _add_walk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", choices=METHODS, default="linear", help="how to walk (default linear)")
    parser.add_argument(
        "--sigma", type=_real(0, 1000), default=0.0, metavar="S", help="shake half-way between keys (default 0)"
    )
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), default=0, metavar="N", help="which shake (default 0)")
    parser.add_argument("--size", type=_whole(16, 8192), default=512, metavar="PX", help="pixels a side (default 512)")
    parser.add_argument(
        "--pin", type=_real(0, 1), default=1.0, metavar="P", help="1: keys are the pictures themselves (default 1)"
    )
    parser.add_argument("--loop", action="store_true", help="walk on from the last key to the first")
    parser.add_argument("--rgba", action="store_true", help="ink in its colours on transparent paper, instead of grey")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="what runs the model (default auto)")
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        help="what it runs on; where no GPU works, the CPU (default auto)",
    )
    parser.add_argument(
        "--threads",
        type=_whole(1, 1024),
        metavar="N",
        help="the engine's CPU threads (default: one a core, at most 8)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help='another model\'s folder, or "mixer", the bundled autoencoder of pictures',
    )


def _grid(text: str) -> tuple[int, int]:
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal() and 1 <= int(columns) <= 1000 and 1 <= int(rows) <= 1000):
        raise argparse.ArgumentTypeError(f"'{text}' is no grid; give columns x rows, such as 4x2")
    return int(columns), int(rows)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"'{text}' is not possible; give a whole number from {low} to {high}")
        return value

    return whole


def _real(low: float, high: float) -> Callable[[str], float]:
    def real(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (low <= value <= high and math.isfinite(value)):
            limit = f"{low:g} or more" if high == math.inf else f"a number from {low:g} to {high:g}"
            raise argparse.ArgumentTypeError(f"'{text}' is not possible; give {limit}")
        return value

    return real
