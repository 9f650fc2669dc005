"""Does the model on this machine answer what it answered where it was made?

The model's longest network is called, a dense model decodes a known latent, too, the bundled reader sees a known
picture, and the answers are compared with figures that the model's card has stored. Then a few frames are drawn and
timed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.engines.engine import Engine
from doodle_core.engines.trial import AGREE, numbers, trial
from doodle_core.errors import DoodleError
from doodle_core.film import Film
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey

__all__ = ["SIZE", "SelfTest", "figures", "seen", "self_test"]

SIZE = 512
"""Pixels a side of the frames that are timed."""
_FRAMES = 8
_EACH = 64  # figures of each network
_DIGITS = 6


@dataclass(frozen=True)
class SelfTest:
    """What came out. `differs`: by how much the figures differ from the card's at most, of those larger than 1 as a
    share; None where the card has none. `milliseconds`: for a frame of SIZE pixels between two keys."""

    model: str
    engine: str
    why: str
    differs: float | None
    milliseconds: float

    def told(self) -> str:
        """One line for people."""
        if self.differs is None:
            compared = "its card holds no figures to compare with"
        else:
            compared = f"differs by {self.differs:.1g} from its card (up to {AGREE:g} is right)"
        return f"{self.model} on {self.engine}: {compared}; {self.milliseconds:.1f} ms a frame of {SIZE} px"


def self_test(model: DoodleModel) -> SelfTest:
    """Compare and time. Raises DoodleError where the model's figures are not those of its card."""
    stored = model.card.table.get("self_test")
    differs = None if stored is None else _differ(figures(model), stored, model.card.name)
    if differs is not None and not differs <= AGREE:
        raise DoodleError(
            f"'{model.card.name}' on {model.engine_name} is wrong by {differs:.2g} (at most {AGREE:g} is right): "
            "choose another engine or device, or install the weights again"
        )
    spent = _milliseconds(model)
    return SelfTest(model.card.name, model.engine_name, model.engine_why, differs, spent)


def figures(model: DoodleModel) -> dict[str, list[float]]:
    """By network: what is stored in a card as "self_test", and compared with it."""
    call = trial(model.card.table)
    longest = np.concatenate([output.ravel() for output in call.run(model.engine)])
    found = {} if model.DRAWS else {"decoder": _some(model.decode(_latent(model)[None]))}
    if "reader" in model.card.table and getattr(model, "reader", None) is model.engine:  # its own, not the bundled one
        found["reader"] = seen(model.engine)
    return {**found, call.network: _some(longest)}


def seen(engine: Engine) -> list[float]:
    """What the reader says of a known picture: figures for a card."""
    (answer,) = engine.run("reader", picture=0.5 + 0.5 * numbers(1, 3, 64, 72))
    return _some(answer)


def _differ(found: dict[str, list[float]], stored: object, name: str) -> float:
    """The largest difference; DoodleError where the figures are not of the same things."""
    try:
        pairs = [(found[network], np.asarray(figures, np.float64)) for network, figures in stored.items()]  # type: ignore[attr-defined]
        ones, others = np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])
        away = np.abs(ones - others) / np.maximum(1.0, np.abs(others))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DoodleError(f"the card of '{name}' has a damaged self_test; install the weights again") from error
    return float(np.where(np.isnan(away), np.inf, away).max(initial=0.0))


def _some(answer: NDArray[np.float32]) -> list[float]:
    """_EACH numbers of an array, evenly spread over it."""
    flat = answer.ravel()
    chosen = flat[np.linspace(0, flat.size - 1, _EACH).astype(int)]
    return [float(f"{v:.{_DIGITS}g}") for v in chosen.tolist()]


def _latent(model: DoodleModel) -> NDArray[np.float32]:
    """The known latent of a dense model: any numbers of the usual size."""
    return (numbers(model.latent_size) * model.spread).astype(np.float32)


def _drawing(turn: float) -> Drawing:
    """A bow with a line beneath it, turned by so many radians."""
    t = np.linspace(0, np.pi, 33)
    bow = np.stack([0.5 + 0.3 * np.cos(t + turn), 0.5 - 0.3 * np.sin(t + turn)], axis=1)
    line = np.array([[0.2, 0.7], [0.5, 0.75], [0.8, 0.7]])
    return Drawing.make([bow, line], 0.02)


def _milliseconds(model: DoodleModel) -> float:
    drawings = [_drawing(0.0), _drawing(0.6)]
    keys = [LatentKey(z, float(k), d) for k, (z, d) in enumerate(zip(model.encode(drawings), drawings, strict=True))]
    film = Film(model, model.track(keys))
    positions = [0.3 + 0.4 * k / _FRAMES for k in range(_FRAMES)]
    film.frame_rgba(positions[0], SIZE)  # matches the keys, once
    begun = time.perf_counter()
    for position in positions:
        film.frame_rgba(position, SIZE)
    return 1000 * (time.perf_counter() - begun) / _FRAMES
