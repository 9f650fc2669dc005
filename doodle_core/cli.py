"""The command line `doodle`: pictures in, the drawings between them out.

Status 0 only when all was written. A user's mistake ends with one line on stderr and status 2. Everything but argparse
is imported when needed, so that `doodle --help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from doodle_core import __version__
from doodle_core.errors import DoodleError
from doodle_core.outputs import FILMS, VECTORS, Output, check_output, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing, Shown
    from doodle_core.film import Film
    from doodle_core.inputs import Input, Laying
    from doodle_core.model import DoodleModel, Latents
    from doodle_core.reading.settings import Reading
    from doodle_core.reading.sheets import Grid
    from doodle_core.track import LatentTrack

__all__ = ["main"]

METHODS = ("linear", "circular", "spherical", "cubic", "hold")  # as in interpolation.py, which costs an import of numpy
ENGINES = ("auto", "onnx", "torch")  # as in engines, likewise
DEVICES = ("auto", "cpu", "gpu")
INKS = ("auto", "dark", "light", "colours")  # as in reading/settings.py, likewise
PAPERS = ("removed", "kept")
_ON = 2  # pictures that a wobble of the boil is held, if not told otherwise: "on twos"


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


# Commands


def _animate(arguments: argparse.Namespace) -> None:
    from doodle_core.film import Film
    from doodle_core.track import LatentKey

    if arguments.dry_run:
        _show_reading(arguments)
        return
    found = _read(arguments)
    check_output(arguments.output, arguments.rgba)
    model = _model(arguments)
    drawings = _for_model(model, found)
    step = arguments.frames_between + 1
    latents = _encoded(arguments, model, found, drawings)
    keys = tuple(
        LatentKey(latent, float(number * step), drawing)
        for number, (latent, drawing) in enumerate(zip(latents, drawings, strict=True))
    )
    film = Film(model, _track(arguments, model, keys, step))
    count = len(keys) * step if arguments.loop else (len(keys) - 1) * step + 1
    positions = [number // step + (number % step) / step for number in range(count)]
    _write(arguments, found.laying, _held(arguments, film, positions), count)


def _show_reading(arguments: argparse.Namespace) -> None:
    """Write what is read of the pictures, and where sheets are cut, as pictures to look at; nothing else."""
    from doodle_core import inputs, sequence

    folder = arguments.output
    if folder.suffix.lower() in FILMS + VECTORS:
        folder = folder.with_suffix("")
    check_output(folder, False)
    sheets: list[NDArray[np.uint8]] = []
    found = _read(arguments, lambda _, pixels, grid: sheets.append(inputs.shown_sheet(pixels, grid)))
    model = _model(arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(sheets, 1):
        sequence.write_png(folder / f"sheet-{number:02d}.png", picture)
    if model.DRAWS:
        drawings = cast("Sequence[Drawing]", model.encode(found.pictures, _reading(arguments)))
        for number, picture in enumerate(inputs.shown_keys(found.keys, drawings), 1):
            sequence.write_png(folder / f"read-{number:04d}.png", picture)
        for key, drawing in zip(found.keys, drawings, strict=True):
            areas = int(drawing.areas.sum())
            _say(f"{key.name}: {len(drawing) - areas} lines and {areas} areas")
        for line in inputs.warnings(found.keys, drawings):
            _say(line)
    _say(f"{folder}: what was read, to look at; nothing else was written")


def _held(
    arguments: argparse.Namespace, film: Film, positions: Sequence[float]
) -> Iterator[tuple[Film, Sequence[float]]]:
    """The film at all its positions, or, where wobbles are held, the film of every wobble at its few."""
    from doodle_core.boil import Boil

    if arguments.boil == 0 and arguments.on is None:
        yield film, positions
        return
    step = arguments.on or _ON
    for wobble, first in enumerate(range(0, len(positions), step)):
        # Without --on only the boil is held, and sigma goes on from picture to picture.
        track = film.track if arguments.on is None else replace(film.track, wobble=wobble)
        held = replace(film, track=track, boil=Boil(arguments.boil, arguments.seed, wobble))
        yield held, positions[first : first + step]


def _encode(arguments: argparse.Namespace) -> None:
    import numpy as np

    from doodle_core.keys_file import StoredKeys, write_keys

    found = _read(arguments)
    model = _model(arguments)
    drawings = _for_model(model, found)
    times = np.arange(len(drawings), dtype=np.float64)
    latents = _encoded(arguments, model, found, drawings)
    keys = StoredKeys(model.card.id, found.laying.polarity, found.laying.laid, latents, times, drawings)
    write_keys(arguments.output, keys)
    _say(f"{arguments.output}: {len(drawings)} keys")


def _decode(arguments: argparse.Namespace) -> None:
    import numpy as np

    from doodle_core.film import Film
    from doodle_core.inputs import Laying
    from doodle_core.keys_file import read_keys
    from doodle_core.track import LatentKey

    stored = read_keys(arguments.keys)
    last = len(stored.latents) if arguments.loop else len(stored.latents) - 1
    for position in arguments.at:
        if not 0.0 <= position <= last:
            raise DoodleError(f"position {position:g} is outside {arguments.keys}; give 0 to {last}")
    check_output(arguments.output, arguments.rgba)
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
    _write(arguments, Laying(stored.polarity, stored.laid), iter([(film, arguments.at)]), len(arguments.at))


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


# Working


def _reading(arguments: argparse.Namespace) -> Reading:
    from doodle_core.reading.settings import Reading

    return Reading(arguments.ink, arguments.sensitivity, arguments.smallest, arguments.paper)


def _read(arguments: argparse.Namespace, seen: Callable[[Path, NDArray[Any], Grid], None] | None = None) -> Input:
    """Every picture, or cell of a sheet but blank ones; says which are blank."""
    from doodle_core.inputs import Sheet, read_input

    found = read_input(arguments.pictures, Sheet(*arguments.sheet), _reading(arguments), seen)
    for line in found.notes:
        _say(line)
    return found


def _for_model(model: DoodleModel, found: Input) -> list[Shown]:
    """The pictures as the model's keys: those of a dense model, which knows no colours, are greys."""
    from doodle_core.shades import greyed

    laying = found.laying
    return (
        list(found.pictures) if model.DRAWS else [greyed(one, laying.polarity, laying.laid) for one in found.pictures]
    )


def _encoded(arguments: argparse.Namespace, model: DoodleModel, found: Input, shown: list[Shown]) -> Latents:
    """The keys' latents; says of which pictures much was not read."""
    from doodle_core.inputs import warnings

    latents = model.encode(shown, _reading(arguments))
    if model.DRAWS:
        for line in warnings(found.keys, cast("Sequence[Drawing]", latents)):
            _say(line)
    return latents


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


def _write(
    arguments: argparse.Namespace, laying: Laying, parts: Iterator[tuple[Film, Sequence[float]]], count: int
) -> None:
    output = Output(
        arguments.output,
        size=arguments.size,
        fps=arguments.fps,
        pin=arguments.pin,
        rgba=arguments.rgba,
        polarity=laying.polarity,
        laid=laying.laid,
    )
    for line in write(output, parts, count):
        _say(line)


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
    _add_output(
        animate,
        "OUT",
        "a name ending in .gif, .mp4, .svg or .json (Lottie) for a film, else a folder for 0001.png, ...",
    )
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
    animate.add_argument(
        "--dry-run",
        action="store_true",
        help="only show what is read: a picture of each key with its lines, and of each sheet with its cells",
    )
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
        "--ink",
        choices=INKS,
        default="auto",
        help="what is ink in the pictures; colours: whatever is not paper, in its own colour (default auto)",
    )
    parser.add_argument(
        "--sensitivity",
        type=_real(0, 1),
        default=0.5,
        metavar="S",
        help="0 to 1: how faint a line may be and still be read (default 0.5)",
    )
    parser.add_argument(
        "--smallest",
        type=_real(0, 100),
        default=0.3,
        metavar="PERCENT",
        help="shorter lines and smaller spots are dust; per cent of a picture's side (default 0.3)",
    )
    parser.add_argument(
        "--paper",
        choices=PAPERS,
        default="removed",
        help="whether the paper's tone, light and texture are part of the drawing (default removed)",
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
    parser.add_argument(
        "--rgba",
        action="store_true",
        help="ink in its colours on transparent paper, instead of grey (in a vector film: no paper)",
    )


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
