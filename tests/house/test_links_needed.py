"""Ambiguous keys are right with a link or so."""

from __future__ import annotations

import pytest

from benchmarks.links import PAIRS, Outcome, Pair, report, tried
from doodle_core.model import DoodleModel

ALLOWED = {"legs that pass each other": 2}
"""Links that a pair may need, where one is not enough yet."""


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(threads=1)


@pytest.mark.parametrize("pair", [make() for make in PAIRS], ids=lambda pair: pair.name)
def test_an_ambiguous_pair_is_right_with_one_link(model: DoodleModel, pair: Pair) -> None:
    found = tried(model, pair)
    assert found.before > 0, "it is ambiguous"
    assert found.left == 0 and found.links <= ALLOWED.get(pair.name, 1), found


def test_the_table_says_what_was_found() -> None:
    pair = PAIRS[-1]()
    lines = report([Outcome(pair, 2, 0, 0, 1), Outcome(pair, 2, 2, 1, 4)]).splitlines()
    assert len(lines) == 4 and lines[2].endswith("| 2 | 2 | 0 | 1 |") and "not with 4: 1 wrong" in lines[3]
