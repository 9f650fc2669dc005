"""Training the matcher: which piece of line became which, on pairs of keys whose motion is known."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from doodle_core.matching.network import Matcher

from .config import Config, StrokesConfig
from .pairs import Pair, Tokens, draw_pairs
from .rasterize import SIZE
from .spread import ALONE, Spread
from .tasks import HELD_OUT_SEED, Look, Task, evaluating

__all__ = ["MatcherTask"]

_HELD_OUT = 256  # pairs of keys
_NEVER = -1e4  # score of what is not there
_FAR = 5.0  # pixels; a match that is farther from the truth is wrong


class MatcherTask(Task):
    """The matcher of `doodle_core.matching.network` on `pairs`."""

    def __init__(self, config: Config, spread: Spread = ALONE) -> None:
        super().__init__(config, spread)
        assert isinstance(config.network, StrokesConfig)
        self.matcher = Matcher(config.network.matcher)
        self.networks = {"matcher": self.matcher}

    def hidden(self, name: str, parameter: Tensor) -> bool:
        return parameter.ndim == 2 and "enter.0" not in name and "nowhere" not in name

    def draw(self, generator: torch.Generator) -> Pair:
        return draw_pairs(self.config.batch, generator, self.spread.part(self.config.batch))

    def drawings(self, batch: Pair) -> int:
        return 2 * len(batch.target)

    def loss(self, batch: Pair, generator: torch.Generator) -> Tensor:
        """Cross-entropy between where pieces went and where the matcher sends them, mean a piece, both ways."""
        return _cross_entropy(batch, *self._log_shares(batch), self.spread)

    def _log_shares(self, batch: Pair) -> tuple[Tensor, Tensor]:
        """Logarithms of the shares in which the matcher sends pieces of the first to those of the second, and to
        nowhere in the last column, and the other way: (B, N, N + 1) each; compare Pair.forward, Pair.backward."""
        one, two = batch.first.there, batch.second.there
        scores, out, back = self.matcher(batch.first.table(), batch.second.table(), one.float(), two.float())
        scores = scores.masked_fill(~two[:, None], _NEVER).masked_fill(~one[:, :, None], _NEVER)
        ahead = torch.cat((scores, out[..., None]), -1)
        behind = torch.cat((scores.transpose(1, 2), back[..., None]), -1)
        return ahead.float().log_softmax(-1), behind.float().log_softmax(-1)

    def look(self, device: torch.device) -> Look:
        """Pairs of keys, with lines from the first's pieces to their best matches. The figures are

        loss; and, of the pieces that are more likely somewhere than nowhere, the distance in pixels from the best match
        (the highest share both ways together) to where the piece truly went: its mean, its median, and the share over 5
        pixels. nearest_mean, nearest_median, nearest_far: the same for the nearest ink, which knows nothing of motion.
        """
        batch = draw_pairs(_HELD_OUT, torch.Generator(device).manual_seed(HELD_OUT_SEED))
        with evaluating(self.matcher):
            forward, backward = self._log_shares(batch)
        best = (forward[..., :-1] + backward[..., :-1].transpose(1, 2)).argmax(-1)
        away = torch.cdist(batch.first.place, batch.second.place).masked_fill(~batch.second.there[:, None], 1e9)
        somewhere = batch.first.there & (batch.forward[..., -1] < 0.5)
        figures = {"loss": float(_cross_entropy(batch, forward, backward))}
        for name, match in (("error", best), ("nearest", away.argmin(-1))):
            error = (_picked(batch.second, match) - batch.target).norm(dim=-1)[somewhere]
            figures[f"{name}_mean"] = float(error.mean())
            figures[f"{name}_median"] = float(error.median())
            figures[f"{name}_far"] = float((error > _FAR).float().mean())
        gone = forward[..., -1] > np.log(0.5)
        return figures, _sheet(batch, best, gone)


def _cross_entropy(batch: Pair, forward: Tensor, backward: Tensor, spread: Spread = ALONE) -> Tensor:
    there, there_too = batch.first.there.float(), batch.second.there.float()
    ahead = -(batch.forward * forward).sum(-1) * there
    back = -(batch.backward * backward).sum(-1) * there_too
    # Not every process's drawings have as many pieces: a piece weighs the same wherever it is.
    return (ahead.sum() / spread.total(there.sum()) + back.sum() / spread.total(there_too.sum())) / 2


def _picked(tokens: Tokens, which: Tensor) -> Tensor:
    """Places of tokens by their indices (B, N): (B, N, 2)."""
    return torch.gather(tokens.place, 1, which[..., None].expand(-1, -1, 2))


_SCALE = 6  # screen pixels a pixel
_INK, _INK_TOO, _RIGHT, _WRONG = (60, 60, 60), (70, 130, 220), (190, 190, 190), (230, 60, 40)


def _sheet(batch: Pair, best: Tensor, gone: Tensor, columns: int = 6, rows: int = 3) -> NDArray[np.uint8]:
    """Pairs of keys as a picture: the first's pieces dark, the second's blue, and thin lines from piece to best match
    (B, N): grey, or red where it is wrong; rings where the matcher says that a piece went nowhere: gone (B, N)."""
    side = SIZE * _SCALE
    sheet = Image.new("RGB", (columns * side, rows * side), "white")
    found = _picked(batch.second, best)
    wrong = (found - batch.target).norm(dim=-1) > _FAR
    for index in range(min(columns * rows, len(best))):
        cell = Image.new("RGB", (side, side), "white")
        pen = ImageDraw.Draw(cell)
        for tokens, colour in ((batch.second, _INK_TOO), (batch.first, _INK)):
            reach = 0.4 * tokens.length[index, :, None] * tokens.along[index]
            ends = torch.cat((tokens.place[index] - reach, tokens.place[index] + reach), -1)
            width = (tokens.radius[index] * _SCALE).clamp(min=2)
            for row in tokens.there[index].nonzero()[:, 0].tolist():
                pen.line((ends[row] * _SCALE).tolist(), fill=colour, width=round(float(width[row])))
        for row in batch.first.there[index].nonzero()[:, 0].tolist():
            x, y = (batch.first.place[index, row] * _SCALE).tolist()
            if gone[index, row]:
                pen.ellipse((x - 7, y - 7, x + 7, y + 7), outline=_WRONG)
            else:
                colour = _WRONG if wrong[index, row] else _RIGHT
                pen.line((x, y, *(found[index, row] * _SCALE).tolist()), fill=colour, width=2)
        pen.rectangle((0, 0, side - 1, side - 1), outline=_RIGHT)
        sheet.paste(cell, (index % columns * side, index // columns * side))
    return np.asarray(sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.BOX))
