"""Doubt in colour: how sure the matching is, on the shapes themselves and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SURE", "Doubt", "doubts", "tints"]

SURE = 0.8
"""A shape whose confidence is below this is in doubt."""
_LEAST, _MOST = (1.0, 0.05, 0.0), (1.0, 0.65, 0.0)  # red, where it is wrong as likely as not, to amber


@dataclass(frozen=True)
class Doubt:
    """How sure what becomes what is between one key and the next.

    Parameters
    ----------
    first, second : int
        The numbers of the keys.
    shapes : int
        Of both keys.
    doubtful : int
        How many of them are in doubt.
    confidence : float
        The mean of all, 0 to 1.
    """

    first: int
    second: int
    shapes: int
    doubtful: int
    confidence: float


def tints(confidence: ArrayLike) -> NDArray[np.float32]:
    """Colours with alpha, (S, 4), for shapes of these confidences; alpha is 0 where there is no doubt."""
    import numpy as np

    sure = np.asarray(confidence, np.float64).reshape(-1)
    share = np.clip(sure / SURE, 0.0, 1.0)[:, None]
    alpha = np.where(sure < SURE, 0.45 + 0.5 * (1 - share[:, 0]), 0.0)
    return np.column_stack([(1 - share) * _LEAST + share * _MOST, alpha]).astype(np.float32)


def doubts(found: Sequence[tuple[int, int, ArrayLike, ArrayLike]]) -> dict[int, Doubt]:
    """Doubt by the number of the first key.

    Parameters
    ----------
    found
        First key, second key, and the confidences of either's shapes; where layers have keys of their own, several that
        begin at one key are taken together.
    """
    import numpy as np

    together: dict[int, list[tuple[int, NDArray[np.float64]]]] = {}
    for first, second, one, two in found:
        together.setdefault(first, []).append((second, np.concatenate([np.ravel(one), np.ravel(two)])))
    answer = {}
    for first, parts in together.items():
        sure = np.concatenate([values for _, values in parts])
        mean = float(sure.mean()) if len(sure) else 1.0
        answer[first] = Doubt(first, parts[0][0], len(sure), int((sure < SURE).sum()), mean)
    return answer
