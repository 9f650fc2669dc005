"""Models whose latent is a code of a picture: autoencoders, as in the 2018 experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from doodle_core import raster
from doodle_core.drawing import Drawing, Shown
from doodle_core.model import DoodleModel

if TYPE_CHECKING:
    from doodle_core.reading.settings import Reading

__all__ = ["DenseModel"]

THINNEST = 0.6
"""Model pixels. Lines of a smaller radius are thickened to it before encoding: the model has seen none thinner."""


class DenseModel(DoodleModel):
    """An autoencoder of pictures: a network each way, the latent a vector without parts."""

    ROUNDS = 12
    """Refinement steps after encoding, by default. More bring keys nearer to their drawings, and in-betweens farther
    from theirs: the latents leave the places where the encoder's lie (docs/model-log.md)."""
    STEP = 0.04
    """Size of a refinement step, in units of the latent spread."""

    def inputs(self, drawings: Sequence[Shown]) -> NDArray[np.float32]:
        """Drawings as the encoder is shown them: (B, 64, 64) float32, fields or inks, hair lines thickened."""
        n = self.card.resolution
        shown = [_thickened(d) for d in drawings]
        if self.card.domain == "field":
            arrays = [np.clip(raster.field(d, n), -raster.FIELD_LIMIT, raster.FIELD_LIMIT) for d in shown]
        else:
            arrays = [raster.ink(d, n) for d in shown]
        return np.stack(arrays).astype(np.float32) if arrays else np.zeros((0, n, n), np.float32)

    def _encode(self, drawings: Sequence[Shown], reading: Reading | None = None) -> NDArray[np.float32]:
        # Convolutions come without the network that compares.
        rounds = self.ROUNDS if "compare.onnx" in self.card.hashes else 0
        parts = [drawings[i : i + self.BATCH] for i in range(0, len(drawings), self.BATCH)]
        return np.concatenate([self.refined(part, rounds) for part in parts])

    def refined(self, drawings: Sequence[Shown], rounds: int) -> NDArray[np.float32]:
        """Latents (B, latent) float32 of at least one drawing.

        The encoder's answer is refined by `rounds` steps of gradient descent (Adam, Kingma and Ba 2014) on how far the
        decoded latent is from the drawing; the best latent met is kept, so refining never makes a key worse.
        """
        target = self.inputs(drawings)
        (latents,) = self.engine.run("encoder", drawing=target)
        return self._refine(latents, target, rounds)

    def _refine(self, latents: NDArray[np.float32], target: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
        if rounds <= 0:
            return latents
        z, best = latents.copy(), latents.copy()
        lowest = np.full(len(z), np.inf, np.float32)
        mean, square = np.zeros_like(z), np.zeros_like(z)
        for i in range(rounds + 1):
            loss, gradient = self.engine.run("compare", latent=z, drawing=target)
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


def _thickened(drawing: Shown) -> Shown:
    """Strokes with no line thinner than the model has seen; pictures as they are."""
    if not isinstance(drawing, Drawing) or not len(drawing.radii):
        return drawing
    thin = np.float32(THINNEST / raster.RESOLUTION)
    drawn = (drawing.radii > 0) & (drawing.radii < thin)
    if not drawn.any():
        return drawing
    return replace(drawing, radii=np.where(drawn, thin, drawing.radii))
