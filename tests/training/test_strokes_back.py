"""In-betweens come back as strokes that are the decoded picture, and not more of them than the drawing has."""

from __future__ import annotations

import pytest

from doodle_core.model import DoodleModel
from training import strokes_back
from training.scenes import SCENES

SCENE = {scene.name: scene for scene in SCENES}


@pytest.mark.parametrize("name", ["handwriting", "letters", "plant", "ball"])
def test_strokes_are_the_picture_and_few(name: str) -> None:
    found = strokes_back.strokes_back(DoodleModel.load(threads=1), SCENE[name])
    assert max(back.distance for back in found) < 0.1  # % of the side; 0.6 is asked for
    assert max((back.strokes for back in found if back.keys == (1, 1)), default=0) <= 2
    assert sum(back.points for back in found) < 1.2 * sum(back.before for back in found)
