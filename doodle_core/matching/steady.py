"""A link heals what is near it and leaves alone what it says nothing of: there the matching stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.matching.rounds import Matching, Problem

__all__ = ["steadied"]

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_MOVED = 2.0  # model pixels: where links change by less where shapes are expected, they say nothing of them


def steadied(problem: Problem, found: Matching, before: Matching) -> Matching:
    """What was found with links, but where they hardly change the motion, the pairs of before.

    Two matchings differ in chains of shapes that take each other's partners. Each chain is as one of the two has it.
    """
    rows, columns = len(problem.a), len(problem.b)
    partner = [_partners(one, rows) for one in (found, before)]
    differs = partner[0] != partner[1]
    if not differs.any():
        return found
    label = _chains(partner, rows, columns, differs)
    centres = problem.a.centres
    moved = np.abs(found.motion.at(centres) - before.motion.at(centres)) > _MOVED
    kept = np.zeros(int(label.max()) + 1, bool)  # chains as they were found with links
    count = np.bincount(label[:rows][differs], minlength=len(kept))
    kept |= 2 * np.bincount(label[:rows][differs & moved], minlength=len(kept)) > count
    kept[label[problem.demands.i]] = True
    kept[label[rows + problem.demands.j]] = True
    for lone, start in zip(problem.demands.lone, (0, rows), strict=True):
        kept[label[start + lone]] = True
    own = kept[label[found.i]] | ~differs[found.i]
    back = ~kept[label[before.i]] & differs[before.i]
    i, j = np.concatenate([found.i[own], before.i[back]]), np.concatenate([found.j[own], before.j[back]])
    sure = np.concatenate([found.confidence[own], before.confidence[back]])
    order = np.argsort(i, kind="stable")
    return replace(found, i=i[order], j=j[order], confidence=sure[order])


def _partners(one: Matching, count: int) -> Ints:
    answer = np.full(count, -1)
    answer[one.i] = one.j
    return answer


def _chains(partner: list[Ints], rows: int, columns: int, differs: Bools) -> Ints:
    """The number of the chain of each row and, after them, of each column."""
    from scipy.sparse import coo_matrix  # slow to import
    from scipy.sparse.csgraph import connected_components

    ends = [(np.flatnonzero(differs & (own >= 0)), own) for own in partner]
    i = np.concatenate([some for some, _ in ends])
    j = np.concatenate([own[some] for some, own in ends]) + rows
    size = rows + columns
    _, label = connected_components(coo_matrix((np.ones(len(i)), (i, j)), (size, size)), directed=False)
    answer: Ints = label.astype(np.int64)
    return answer
