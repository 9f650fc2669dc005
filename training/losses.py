"""What training asks of a decoded drawing."""

from __future__ import annotations

from torch import Tensor

from doodle_core.dense.networks import mismatch

from .rasterize import LIMIT, ink_from_field

__all__ = ["drawing_loss"]


def drawing_loss(domain: str, answer: Tensor, truth: Tensor, far: float) -> Tensor:
    """Loss of decoded drawings (B, H, W) in a network's domain against the true fields, pixels.

    The mismatch near the edge, where pictures are made; for fields, `far` times the mean absolute difference of the
    truncated fields is added: it still pulls where a line is pixels away from its place.
    """
    if domain == "ink":
        return mismatch(domain, answer, ink_from_field(truth)).mean()
    return mismatch(domain, answer, truth).mean() + far * (answer.clamp(-LIMIT, LIMIT) - truth).abs().mean()
