"""The model: drawings in, latents out, and back. What an engine runs, with the card that names it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.drawing import Drawing, Strokes
from doodle_core.engines import Engine, open_engine
from doodle_core.errors import DoodleError

__all__ = ["DoodleModel", "ModelCard", "weights_folder"]

FILES = ("encoder.onnx", "decoder.onnx", "compare.onnx", "weights.safetensors")
LARGEST_FILE = 64 << 20
"""Bytes. No model of this program comes near; a larger file is a mistake or an attack."""
THINNEST = 0.6
"""Model pixels. Lines of a smaller radius are thickened to it before encoding: the model has seen none thinner."""


@dataclass(frozen=True)
class ModelCard:
    """What `card.json` says of a model.

    name: for people. id: 16 hex digits, of the networks' own bytes: a doodle remembers which model made its keys.
    domain: "field" or "ink", what the networks speak. resolution: side of their square, pixels. latent: numbers in a
    latent. spread: (latent,) float32, standard deviation of each over doodles. hashes: sha256 by file name.
    table: the whole card, with the training's command and figures.
    """

    name: str
    id: str
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
            if path.stat().st_size > 1 << 20:
                raise ValueError("larger than 1 MB")
            table = json.loads(path.read_text(encoding="utf-8"))
            card = cls(
                name=str(table["name"]),
                id=str(table["id"]),
                domain=str(table["network"]["domain"]),
                resolution=int(table["network"]["size"]),
                latent=int(table["network"]["latent"]),
                spread=np.asarray(table["spread"], np.float32),
                hashes={str(k): str(v) for k, v in table["sha256"].items()},
                table=table,
            )
        except FileNotFoundError as error:
            raise DoodleError(f"{path}: not found; choose a model folder with a card.json") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DoodleError(f"{path}: not a model card ({error}); install the weights again") from error
        fits = card.spread.shape == (card.latent,) and bool(np.isfinite(card.spread).all())
        if not fits or card.domain not in ("field", "ink"):
            raise DoodleError(f"{path}: not a model card (spread or domain is wrong); install the weights again")
        if card.resolution != raster.RESOLUTION:
            raise DoodleError(f"{path}: made for {card.resolution} pixels; this version works at {raster.RESOLUTION}")
        return card


def weights_folder() -> Path:
    """The folder of the bundled model: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "weights"
    return inside if (inside / "card.json").exists() else Path(__file__).parent.parent / "weights"


def _verify(folder: Path, card: ModelCard) -> None:
    """Every file the card names is there and unaltered; DoodleError naming the first that is not."""
    for name, expected in card.hashes.items():
        if name not in FILES:
            raise DoodleError(
                f"{folder / 'card.json'}: names {name!r}, which models do not have; install the weights again"
            )
        path = folder / name
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise DoodleError(f"{path}: larger than {LARGEST_FILE >> 20} MB; not a model of this program")
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise DoodleError(f"{path}: {error.strerror or error}; install the weights again") from error
        if found != expected:
            raise DoodleError(f"{path}: altered or damaged (its sha256 is not the card's); install the weights again")


class DoodleModel:
    """An autoencoder of drawings. Safe to use from several threads."""

    ROUNDS = 12
    """Refinement steps after encoding, by default. More bring keys nearer to their drawings, and in-betweens farther
    from theirs: the latents leave the places where the encoder's lie (docs/model-log.md)."""
    STEP = 0.04
    """Size of a refinement step, in units of the latent spread."""

    def __init__(self, card: ModelCard, engine: Engine) -> None:
        self.card = card
        self._engine = engine
        self._counting = threading.Lock()
        self.encoded = 0
        """Drawings encoded so far by this object."""

    @classmethod
    def load(cls, folder: Path | None = None, engine: str = "auto", threads: int | None = None) -> DoodleModel:
        """Open the model in `folder` (default: the bundled one) with an engine of `engines.ENGINES`.

        Raises DoodleError, naming the file, where one is missing, altered or does not fit.
        """
        folder = weights_folder() if folder is None else Path(folder)
        card = ModelCard.read(folder)
        _verify(folder, card)
        return cls(card, open_engine(folder, engine, threads))

    @property
    def latent_size(self) -> int:
        return self.card.latent

    @property
    def spread(self) -> NDArray[np.float32]:
        """(latent,) float32: standard deviation of each latent number over doodles, the unit of `sigma`."""
        return self.card.spread

    @property
    def engine_name(self) -> str:
        return self._engine.name

    def inputs(self, drawings: Sequence[Drawing]) -> NDArray[np.float32]:
        """Drawings as the encoder is shown them: (B, 64, 64) float32, fields or inks, hair lines thickened."""
        n = self.card.resolution
        shown = [_thickened(d) for d in drawings]
        if self.card.domain == "field":
            arrays = [np.clip(raster.field(d, n), -raster.FIELD_LIMIT, raster.FIELD_LIMIT) for d in shown]
        else:
            arrays = [raster.ink(d, n) for d in shown]
        return np.stack(arrays).astype(np.float32) if arrays else np.zeros((0, n, n), np.float32)

    def encode(self, drawings: Sequence[Drawing], rounds: int = ROUNDS) -> NDArray[np.float32]:
        """Latents (B, latent) float32 of drawings.

        The encoder's answer is refined by `rounds` steps of gradient descent (Adam, Kingma and Ba 2014) on how far the
        decoded latent is from the drawing; the best latent met is kept, so refining never makes a key worse.
        """
        if not drawings:
            return np.zeros((0, self.latent_size), np.float32)
        target = self.inputs(drawings)
        latents = self._engine.encode(target)
        with self._counting:
            self.encoded += len(drawings)
        return self._refine(latents, target, rounds)

    def _refine(self, latents: NDArray[np.float32], target: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
        if rounds <= 0:
            return latents
        z, best = latents.copy(), latents.copy()
        lowest = np.full(len(z), np.inf, np.float32)
        mean, square = np.zeros_like(z), np.zeros_like(z)
        for i in range(rounds + 1):
            loss, gradient = self._engine.compare(z, target)
            better = loss < lowest
            best[better], lowest[better] = z[better], loss[better]
            if i == rounds:
                break
            gradient = gradient * self.spread  # in units of the spread all directions weigh alike
            mean = 0.8 * mean + 0.2 * gradient
            square = 0.95 * square + 0.05 * gradient**2
            size = self.STEP * (1 - 0.9 * i / rounds)
            # One scale a drawing, not a number: near the optimum single directions must not be blown up.
            scale = np.sqrt(square.mean(1, keepdims=True) / (1 - 0.95 ** (i + 1))) + 1e-12
            z = z - size * self.spread * (mean / (1 - 0.8 ** (i + 1))) / scale
        return best

    def decode(self, latents: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Fields (B, 64, 64) float32 of latents (B, latent): model pixels, positive inside ink, within the limit.

        A model that speaks grey ink answers the field whose cut is that grey.
        """
        z = np.asarray(latents, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent_size:
            raise DoodleError(f"latents of shape {z.shape}: this model takes (B, {self.latent_size})")
        if len(z) == 0:
            return np.zeros((0, self.card.resolution, self.card.resolution), np.float32)
        answer = self._engine.decode(z)
        if self.card.domain == "ink":
            answer = answer - 0.5
        return np.clip(answer, -raster.FIELD_LIMIT, raster.FIELD_LIMIT)


def _thickened(drawing: Drawing) -> Drawing:
    """Strokes with no line thinner than the model has seen; pictures as they are."""
    if not isinstance(drawing, Strokes) or not len(drawing.radii):
        return drawing
    thin = np.float32(THINNEST / raster.RESOLUTION)
    drawn = (drawing.radii > 0) & (drawing.radii < thin)
    if not drawn.any():
        return drawing
    return Strokes(
        points=drawing.points,
        radii=np.where(drawn, thin, drawing.radii),
        opacities=drawing.opacities,
        offsets=drawing.offsets,
        cyclic=drawing.cyclic,
        filled=drawing.filled,
    )
