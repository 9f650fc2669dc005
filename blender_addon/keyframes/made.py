"""How a key was made of an in-between, as text in the .blend: what removing it brings back.

Where it was on the way is counted between its neighbours. When one of these is made of an in-between itself, or goes
again, the way is another one, and where the key was on it is counted anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .keys import Drawn

__all__ = ["Made", "made_of", "with_new", "without"]


@dataclass(frozen=True)
class Made:
    """Parameters
    ----------
    share : float
        Where the in-between was on the way between its neighbours, 0 to 1.
    between : (int, int)
        The source frames of these: while they are its neighbours, the share counts.
    content : str
        A name of the strokes that were written: others were drawn by a hand.
    matches : mapping of str to str
        By the source frame of a key, lines of `DoodleKey.match`: what became what before.
    """

    share: float
    between: tuple[int, int]
    content: str
    matches: Mapping[str, str]

    @property
    def text(self) -> str:
        kept = {"share": self.share, "between": self.between, "content": self.content, "matches": dict(self.matches)}
        return json.dumps(kept)


def made_of(text: str) -> Made | None:
    """What `Made.text` wrote; None for a key that was drawn, or a damaged text."""
    try:
        kept = json.loads(text or "null")
        first, second = kept["between"]
        matches = {str(frame): str(lines) for frame, lines in kept["matches"].items()}
        return Made(float(kept["share"]), (int(first), int(second)), str(kept["content"]), matches)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def with_new(drawn: Sequence[Drawn], number: int, share: float) -> list[Drawn]:
    """Keys with a new one among them, at a share of the way between its neighbours: where these were made, it is the
    new one that they are beside now."""
    answer, (left, right) = list(drawn), _beside(drawn, number)
    frame = drawn[number].frame
    ends = drawn[left].frame, drawn[right].frame
    made = made_of(drawn[left].made)
    if made is not None and made.between[1] == ends[1]:
        counted = made.share / (made.share + share * (1 - made.share))
        answer[left] = _with(answer[left], replace(made, share=counted, between=(made.between[0], frame)))
    made = made_of(drawn[right].made)
    if made is not None and made.between[0] == ends[0]:
        counted = (made.share - share * made.share) / (1 - share * made.share)
        answer[right] = _with(answer[right], replace(made, share=counted, between=(frame, made.between[1])))
    return answer


def without(drawn: Sequence[Drawn], number: int) -> list[Drawn]:
    """Keys without one that was made: the other way round. What became what before it was there goes to its neighbours,
    where these were made, too."""
    answer, (left, right) = list(drawn), _beside(drawn, number)
    gone = made_of(drawn[number].made)
    assert gone is not None
    frame, share = drawn[number].frame, gone.share
    made = made_of(drawn[left].made)
    if made is not None and made.between[1] == frame:
        counted = made.share * share / (1 - made.share + made.share * share)
        around = made.between[0], drawn[right].frame
        answer[left] = _with(answer[left], replace(made, share=counted, between=around, matches=_both(made, gone)))
    made = made_of(drawn[right].made)
    if made is not None and made.between[0] == frame:
        counted = made.share / (1 - share + share * made.share)
        around = drawn[left].frame, made.between[1]
        answer[right] = _with(answer[right], replace(made, share=counted, between=around, matches=_both(made, gone)))
    return [*answer[:number], *answer[number + 1 :]]


def _beside(drawn: Sequence[Drawn], number: int) -> tuple[int, int]:
    """The numbers of a key's neighbours; after the last comes the first again, as in a loop."""
    return number - 1, (number + 1) % len(drawn)


def _with(drawn: Drawn, made: Made) -> Drawn:
    return replace(drawn, made=made.text)


def _both(one: Made, other: Made) -> dict[str, str]:
    """The lines of both, each once."""
    answer = dict(one.matches)
    for frame, lines in other.matches.items():
        known = answer.get(frame, "").splitlines()
        answer[frame] = "\n".join([*known, *(line for line in lines.splitlines() if line not in known)])
    return answer
