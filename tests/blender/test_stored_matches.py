"""What becomes what is decided once, and is in the file: other machines only draw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from doodle_core.engines import Engine
from tests.blender.conftest import arc, pencil, picture_of
from tests.blender.test_ink import make, material

FRAMES = range(1, 25, 3)


class Noisy:
    """The real engine, on a machine whose arithmetic is off."""

    def __init__(self, engine: Engine, amount: float) -> None:
        self._engine, self._amount, self._random = engine, amount, np.random.default_rng(3)
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def run(self, graph: str, **inputs: np.ndarray) -> list[np.ndarray]:
        self.asked += 1
        clean = self._engine.run(graph, **inputs)
        return [one + (self._amount * self._random.standard_normal(one.shape)).astype(np.float32) for one in clean]


@pytest.fixture
def doodle(make_doodle: Callable[..., bpy.types.Object]) -> bpy.types.Object:
    """Of a few short lines: so few that the network is asked about them."""
    random = np.random.default_rng(4)
    drawings = {
        frame: [arc(lift), *((random.uniform(-1, 1, (3, 3)) * (1, 0, 1)).tolist() for _ in range(3))]
        for frame, lift in ((1, -1.0), (11, 0.2), (21, 1.0))
    }
    return make_doodle(drawings)


def film(ob: bpy.types.Object) -> np.ndarray:
    shown = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        shown.append(picture_of(ob).copy())
    return np.stack(shown)


def another_machine() -> Noisy:
    """From here on the engine answers scores of its own mind."""
    from blender_addon import session

    session.reset()
    model = session.get().model
    noisy = Noisy(model.engine, 5.0)
    model.engine = noisy  # type: ignore[assignment]
    return noisy


def stored(ob: bpy.types.Object) -> list[bool]:
    return [bool(key.match) for key in ob.doodle_bridge.keys]


def test_another_machine_draws_the_film_that_was_saved(doodle: bpy.types.Object, tmp_path: Path) -> None:
    here = film(doodle)
    path, name = str(tmp_path / "film.blend"), doodle.name
    assert stored(doodle) == [False] * 3
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert stored(doodle) == [True, True, False]  # the last key has no way to go
    noisy = another_machine()
    bpy.ops.wm.open_mainfile(filepath=path)
    doodle = bpy.data.objects[name]
    assert np.array_equal(film(doodle), here)
    assert noisy.asked == 0
    for key in doodle.doodle_bridge.keys:
        key.match = ""
    doodle.update_tag()
    noisy = another_machine()
    film(doodle)
    assert noisy.asked == 2, "without what is stored it would be decided anew, by other scores"


def test_what_colours_have_decided_is_drawn_so_elsewhere(tmp_path: Path) -> None:
    """Two lines that pass each other: by their shapes alone they would stay where they are."""
    flat = [[(-1.0, 0.0, height), (1.0, 0.0, height)] for height in (0.6, -0.6)]
    source = pencil({1: flat, 11: flat[::-1]})
    for number, colour in enumerate(((0.6, 0.0, 0.0), (0.0, 0.1, 0.7))):
        material(source, colour, number)
    for frame in source.data.layers[0].frames:
        for number, stroke in enumerate(frame.drawing.strokes):
            stroke.material_index = number
    doodle = make()
    here = film(doodle)
    bpy.context.scene.frame_set(6)
    rows = np.flatnonzero(picture_of(doodle)[..., 3].max(axis=1) > 0.5)
    assert np.ptp(rows) < 8, "half-way they lie over each other"
    path, name = str(tmp_path / "film.blend"), doodle.name
    bpy.ops.wm.save_as_mainfile(filepath=path)
    another_machine()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert np.array_equal(film(bpy.data.objects[name]), here)


def test_the_way_back_of_a_loop_is_stored_too(doodle: bpy.types.Object, tmp_path: Path) -> None:
    doodle.doodle_bridge.loop = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "loop.blend"))
    assert stored(doodle) == [True] * 3


def test_a_drawing_that_changed_is_matched_anew(doodle: bpy.types.Object, tmp_path: Path) -> None:
    from blender_addon import session

    path = str(tmp_path / "film.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    before = [key.match for key in doodle.doodle_bridge.keys]
    first, second, _ = doodle.doodle_bridge.keys
    for name in ("drawing", "digest"):  # other drawings than `match` was written for
        one, other = getattr(first, name), getattr(second, name)
        setattr(first, name, other)
        setattr(second, name, one)
    model, names = doodle.doodle_bridge.model_id, (session.name_of(first), session.name_of(second))
    assert session.stored_match(first.match, *names, model) is None
    bpy.ops.wm.save_as_mainfile(filepath=path)
    after = [key.match for key in doodle.doodle_bridge.keys]
    assert after[0] != before[0] and after[1] != before[1]
    assert session.stored_match(first.match, *names, model) is not None
    assert session.stored_match(first.match, *names, "another model") is None


def test_saving_makes_no_baked_picture_old(doodle: bpy.types.Object, tmp_path: Path) -> None:
    from blender_addon import commands
    from doodle_core.notes import read_note

    told = ["bake", "--frames", "4-6", "--output", str(tmp_path / "out"), "--doodle", doodle.name]
    assert commands.main(told) == 0
    notes = [read_note(path) for path in sorted((tmp_path / "out").iterdir())]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    assert commands.main([*told, "--overwrite"]) == 0
    assert [read_note(path) for path in sorted((tmp_path / "out").iterdir())] == notes


def test_a_damaged_text_is_as_good_as_none(doodle: bpy.types.Object) -> None:
    from blender_addon import session

    here = film(doodle)
    for key, text in zip(doodle.doodle_bridge.keys, ("nonsense", "0011 %%%", " "), strict=True):
        key.match = text
    doodle.update_tag()
    session.reset()
    assert np.array_equal(film(doodle), here)
