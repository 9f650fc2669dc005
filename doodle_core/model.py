"""The model: drawings in, latents out, and back. The card that names one, and what every kind of model can do."""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.drawing import Drawing, Shown
from doodle_core.engines import Choice, Engine, open_engine
from doodle_core.engines.engine import LARGEST_FILE, reason_of
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import is_own, read_table, read_whole, weights_folder
from doodle_core.track import LatentKey, LatentTrack

if TYPE_CHECKING:
    from doodle_core.inbetween.posing import Inbetweens
    from doodle_core.reading.settings import Reading

__all__ = ["DoodleModel", "ModelCard", "checked", "find_folder", "identity", "weights_folder"]

Latents: TypeAlias = Sequence[Drawing] | NDArray[np.float32]
"""One for each key: drawings, or rows of numbers (B, D)."""

FILES = (
    *("encoder.onnx", "decoder.onnx", "compare.onnx", "matcher.onnx", "reader.onnx"),
    *("weights.safetensors", "reader.safetensors"),
)
LARGEST_LATENT = 1 << 14
"""Numbers."""


@dataclass(frozen=True)
class ModelCard:
    """What `card.json` says of a model.

    name: for people. id: 16 hex digits, of the networks' own bytes: a doodle remembers which model made its keys.
    kind: "strokes", or that of a dense autoencoder. domain: "field" or "ink", what the networks speak. resolution: side
    of their square, pixels. latent: numbers in a latent, 0 for a stroke model: its latents are drawings. spread:
    float32, the unit of sigma: one number, or (latent,) standard deviations over doodles. hashes: sha256 by file name.
    table: the whole card, with the training's command and figures.
    """

    name: str
    id: str
    kind: str
    domain: str
    resolution: int
    latent: int
    spread: NDArray[np.float32]
    hashes: dict[str, str]
    table: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> ModelCard:
        """The card of the model in `folder`; DoodleError naming the file where it is missing or damaged."""
        path = folder / "card.json"
        try:
            table = read_table(path)
            card = cls(
                name=_one_line(str(table["name"])),
                id=str(table["id"]),
                kind=str(table["network"]["kind"]),
                domain=str(table["network"]["domain"]),
                resolution=int(table["network"]["size"]),
                latent=int(table["network"].get("latent", 0)),
                spread=np.asarray(table["spread"], np.float32),
                hashes={str(k): str(v) for k, v in table["sha256"].items()},
                table=table,
            )
        except FileNotFoundError as error:
            raise DoodleError(f"{path}: not found; choose a model folder with a card.json") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise DoodleError(f"{path}: not a model card ({reason_of(error)}); install the weights again") from error
        least, most = (0, 0) if card.kind == "strokes" else (1, LARGEST_LATENT)
        if not least <= card.latent <= most:
            raise DoodleError(
                f"{path}: latents of {card.latent:g} numbers; a model of kind '{_one_line(card.kind)}' has {least} to "
                f"{most}; install the weights again"
            )
        fits = card.spread.shape in ((), (card.latent or 1,)) and bool(np.isfinite(card.spread).all())
        if not fits or card.domain not in ("field", "ink"):
            raise DoodleError(f"{path}: not a model card (spread or domain is wrong); install the weights again")
        if card.resolution != raster.RESOLUTION:
            raise DoodleError(f"{path}: made for {card.resolution} pixels; this version works at {raster.RESOLUTION}")
        return card


def _one_line(name: str) -> str:
    """A name as it may stand in a message or on a terminal, whoever wrote it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name[:1000]).split())[:100]


def identity(kind: str, hashes: Mapping[str, str]) -> str:
    """The id of a model of this kind from the sha256 of its files by name: 16 hex digits. KeyError naming the file that
    is not among them."""
    names = ("matcher.onnx",) if kind == "strokes" else ("encoder.onnx", "decoder.onnx")
    return hashlib.sha256("".join(hashes[name] for name in names).encode()).hexdigest()[:16]


def find_folder(folder: Path | None = None) -> Path:
    """Where a model lies: None is the bundled one, and the bare name of a folder among the bundled weights, such as
    "mixer", that one."""
    bundled = weights_folder()
    folder = bundled if folder is None else Path(folder)
    if not folder.is_dir() and len(folder.parts) == 1 and (bundled / folder / "card.json").exists():
        folder = bundled / folder
    return folder


def checked(folder: Path) -> ModelCard:
    """The card of the model in `folder`, once every file that it names is found to be there and unaltered.

    Reads bytes and runs nothing. Raises DoodleError with one line that names the file that is wrong.
    """
    card = ModelCard.read(folder)
    _verify(folder, card)
    return card


def _verify(folder: Path, card: ModelCard) -> None:
    """Every file the card names is there and unaltered, and what it should be; DoodleError naming the first that is
    not. Those for torch may be absent."""
    try:
        found = identity(card.kind, card.hashes)
    except KeyError as error:
        raise DoodleError(f"{folder / 'card.json'}: names no {error.args[0]}; install the weights again") from error
    if found != card.id:
        raise DoodleError(f"{folder / 'card.json'}: its id is not that of its networks; install the weights again")
    for name, expected in card.hashes.items():
        if name not in FILES:
            raise DoodleError(
                f"{folder / 'card.json'}: names {name!r}, which models do not have; install the weights again"
            )
        path = folder / name
        if path.suffix == ".safetensors" and not path.exists():
            continue  # only torch reads them, and says so: the add-on's zips leave some out
        try:
            data = read_whole(path, LARGEST_FILE)
        except OSError as error:
            raise DoodleError(f"{path}: {error.strerror or error}; install the weights again") from error
        except ValueError as error:
            raise DoodleError(f"{path}: {error}; not a model of this program") from error
        if hashlib.sha256(data).hexdigest() != expected:
            raise DoodleError(f"{path}: altered or damaged (its sha256 is not the card's); install the weights again")


class DoodleModel(ABC):
    """Drawings to latents, and latents to drawings. Safe to use from several threads.

    What a latent is depends on the kind: see DenseModel and StrokeModel.
    """

    DRAWS = False
    """Whether its latents are drawings, and its frames painted; else frames are decoded from numbers."""

    BATCH = 64
    """Latents decoded in one call of the engine, at most."""

    def __init__(self, card: ModelCard, engine: Engine) -> None:
        self.card = card
        self.engine = engine
        self._counting = threading.Lock()
        self.encoded = 0
        """Drawings encoded so far by this object."""

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        engine: str = "auto",
        threads: int | None = None,
        device: str = "auto",
        keep_off_gpu: str = "",
    ) -> DoodleModel:
        """Open the model in `folder` (see `find_folder`), of whichever kind its card says, with an engine that
        `engines.open_engine` chooses from the other arguments.

        Raises DoodleError, naming the file, where one is missing, altered or does not fit.
        """
        folder = find_folder(folder)
        card = checked(folder)
        opened = open_engine(folder, engine, threads, device, keep_off_gpu)
        if card.kind == "strokes":
            from doodle_core.matching.model import StrokeModel

            # Pictures are read by the bundled reader, whatever matches what is read.
            reader = opened if is_own(folder) else open_engine(weights_folder(), engine, threads, "cpu")
            return StrokeModel(card, opened, reader)
        from doodle_core.dense.model import DenseModel

        return DenseModel(card, opened)

    @property
    def latent_size(self) -> int:
        return self.card.latent

    @property
    def spread(self) -> NDArray[np.float32]:
        """float32, () or (latent,): the unit of `sigma`."""
        return self.card.spread

    @property
    def choice(self) -> Choice:
        """What runs the model at the moment, and why: a GPU that fails is left in the middle."""
        return self.engine.choice

    @property
    def engine_name(self) -> str:
        """For people: "onnx cpu"."""
        return self.choice.name

    @property
    def engine_why(self) -> str:
        """For people: why this engine."""
        return self.choice.reason

    def encode(self, drawings: Sequence[Shown], reading: Reading | None = None) -> Latents:
        """The latents of what keys show: drawings for a model that draws, else (B, latent) float32. `reading`: how a
        model that draws reads pictures."""
        latents: Latents = self._encode(drawings, reading) if drawings else np.zeros((0, self.latent_size), np.float32)
        with self._counting:
            self.encoded += len(drawings)
        return latents

    @abstractmethod
    def _encode(self, drawings: Sequence[Shown], reading: Reading | None) -> Latents:
        """Latents of at least one drawing."""

    def decode(self, latents: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Fields (B, 64, 64) float32 of latents (B, latent): model pixels, positive inside ink, within the limit.

        A model that speaks grey ink answers the field whose cut is that grey.
        """
        z = np.asarray(latents, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent_size:
            raise DoodleError(f"latents of shape {z.shape}: this model takes (B, {self.latent_size})")
        if len(z) == 0:
            return np.zeros((0, self.card.resolution, self.card.resolution), np.float32)
        parts = [self.engine.run("decoder", latent=z[i : i + self.BATCH])[0] for i in range(0, len(z), self.BATCH)]
        answer = np.concatenate(parts)
        if self.card.domain == "ink":
            answer = answer - 0.5
        return np.clip(answer, -raster.FIELD_LIMIT, raster.FIELD_LIMIT)

    def track(
        self,
        keys: Sequence[LatentKey],
        method: str = "linear",
        sigma: float = 0.0,
        seed: int = 0,
        closed_time: float | None = None,
        wobble: int | None = None,
    ) -> LatentTrack:
        """A track of keys of this model, with its own spread; see LatentTrack."""
        return LatentTrack(tuple(keys), method, sigma, seed, self.spread, closed_time, wobble)

    def inbetweens(self, first: LatentKey, second: LatentKey) -> Inbetweens:
        """The drawings between two keys. DoodleError for a model that does not draw."""
        raise DoodleError(f"model '{self.card.name}' makes pictures, not strokes; use a stroke model")

    def match(self, first: LatentKey, second: LatentKey, decide: bool = False) -> bytes | None:
        """What becomes what between two keys: bytes for `know`. None where that was not decided yet, unless it is to be
        decided now, and for a model that matches nothing."""
        return None

    def confidence(self, first: LatentKey, second: LatentKey) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How sure it is what became of each shape of two keys, (Sa,) and (Sb,), 0 to 1: about the share of shapes so
        sure that are right. DoodleError for a model that does not draw."""
        raise DoodleError(f"model '{self.card.name}' makes pictures, not strokes; use a stroke model")

    def know(self, first: LatentKey, second: LatentKey, match: bytes) -> bool:
        """Take what becomes what between two keys from the bytes of an earlier `match`, on whichever machine: nothing
        is decided anew. Bytes that do not fit the keys are passed over. False for a model that matches nothing."""
        return False
