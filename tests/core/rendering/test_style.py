"""What a style refuses."""

from __future__ import annotations

import pytest

from doodle_core.errors import DoodleError
from doodle_core.rendering import PLAIN, Style


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"line_weight": 2.1}, "line weight 2.1 is out of range; give -2 to 2"),
        ({"line_weight": float("nan")}, "line weight nan is out of range; give -2 to 2"),
        ({"softness": -0.1}, "softness -0.1 is out of range; give 0 to 4"),
        ({"softness": float("nan")}, "softness nan is out of range; give 0 to 4"),
        ({"colour": (0, 0, 0)}, r"colour \(0, 0, 0\) is out of range; give red, green, blue and alpha, each 0 to 1"),
        ({"colour": (0, 0, 0, 1.5)}, r"colour \(0, 0, 0, 1.5\) is out of range"),
    ],
)
def test_out_of_range(settings: dict, message: str):
    with pytest.raises(DoodleError, match=message):
        Style(**settings)


def test_plain_is_black_and_crisp():
    assert Style() == PLAIN
    assert PLAIN.colour == (0, 0, 0, 1) and PLAIN.line_weight == PLAIN.softness == 0
