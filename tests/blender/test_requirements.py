"""A Python that lacks a package: said everywhere, in one line that helps, and nothing is broken by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest

from blender_addon import commands, requirements, session
from tests.blender.conftest import picture_of

ABSENT = "doodle_absent_package"


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One package more is asked for, which nobody has."""
    monkeypatch.setitem(requirements.PACKAGES, ABSENT, "doodle-absent-package")
    requirements.missing.cache_clear()
    session.reset()
    yield
    monkeypatch.undo()
    requirements.missing.cache_clear()
    session.reset()


def test_nothing_is_missing_here() -> None:
    assert requirements.missing() == () and requirements.line() == ""


def test_every_way_says_what_is_missing_and_the_doodle_stays_as_it_is(
    make_doodle: Callable[..., bpy.types.Object],
    reports: Callable[..., str],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    doodle = make_doodle()
    before = picture_of(doodle)
    request.getfixturevalue("lacking")
    line = requirements.line()
    assert "lacks doodle-absent-package:" in line and "pip install --no-deps --target" in line
    bpy.context.scene.frame_set(6)
    assert (picture_of(doodle) == before).all()
    assert capsys.readouterr().out.count(line) == 1

    doodle.doodle_bridge.bake_folder = str(tmp_path / "baked")
    for operator in (bpy.ops.doodle_bridge.update_keys, bpy.ops.doodle_bridge.bake, bpy.ops.doodle_bridge.bake_strokes):
        assert reports(operator) == line
    assert commands.main(["bake"]) == 2
    assert line in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    assert reports(bpy.ops.doodle_bridge.from_images, filepath=str(tmp_path / "none.png")) == line
    bpy.context.view_layer.objects.active = doodle.doodle_bridge.source
    assert reports(bpy.ops.doodle_bridge.from_grease_pencil) == line


def test_what_does_the_same_is_enough(monkeypatch: pytest.MonkeyPatch, lacking: None) -> None:
    monkeypatch.setitem(requirements.INSTEAD, ABSENT, ("numpy", "json"))
    requirements.missing.cache_clear()
    assert requirements.missing() == ()


def test_the_command_is_there_to_copy(lacking: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert bpy.ops.doodle_bridge.copy_install_command() == {"FINISHED"}
    assert requirements.command() in capfd.readouterr().out
