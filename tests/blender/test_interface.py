"""Panels, menus and presets: everything they name exists, and drawing them works in every state a doodle can be in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

import blender_addon
from blender_addon.interface import menus, panels, presets
from tests.blender.conftest import pencil

Maker = Callable[..., bpy.types.Object]

_FOLDER = Path(blender_addon.__file__).parent
_SOURCES = sorted((_FOLDER / "interface").glob("*.py"))


def _named(pattern: str) -> set[str]:
    return {name for path in _SOURCES for name in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_every_operator_named_in_the_interface_exists() -> None:
    names = _named(r'operator(?:_menu_enum)?\(\s*"([\w.]+)"')
    assert len(names) > 15
    for name in names:
        group, function = name.split(".")
        assert hasattr(getattr(bpy.ops, group), function), name
        getattr(getattr(bpy.ops, group), function).get_rna_type()  # raises for one that is not registered


def test_every_menu_named_exists() -> None:
    names = _named(r'\.menu\(\s*"(\w+)"') | {name for name, _ in menus._APPENDED}
    for name in names:
        assert hasattr(bpy.types, name), name


def test_every_setting_of_a_doodle_is_on_a_panel() -> None:
    shown = _named(r'(?:\.prop|\.prop_search|_row)\(\w+, "(\w+)"')
    hidden = {"rna_type", "name", "keys", "polarity"}  # keys have a list; polarity is chosen with the pictures
    for one in bpy.types.Object.bl_rna.properties["doodle_bridge"].fixed_type.properties:
        if not one.is_hidden and one.identifier not in hidden:
            assert one.identifier in shown, one.identifier


def test_what_has_a_range_says_its_unit() -> None:
    """A tooltip that only repeats the name helps nobody."""
    for one in bpy.types.Object.bl_rna.properties["doodle_bridge"].fixed_type.properties:
        if not one.is_hidden and one.identifier not in {"rna_type", "name"}:
            assert len(one.description) > len(one.name) + 8, one.identifier


@pytest.mark.parametrize("subdir", ["doodle_bridge/motion", "doodle_bridge/look"])
def test_presets_set_what_they_promise(subdir: str, make_doodle: Maker) -> None:
    settings = make_doodle().doodle_bridge
    operator = {
        "doodle_bridge/motion": presets.DOODLE_BRIDGE_OT_add_motion_preset,
        "doodle_bridge/look": presets.DOODLE_BRIDGE_OT_add_look_preset,
    }[subdir]
    promised = sorted(name.removeprefix("settings.") for name in operator.preset_values)
    (folder,) = bpy.utils.preset_paths(subdir)
    files = sorted(Path(folder).glob("*.py"))
    assert len(files) >= 6
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert sorted(re.findall(r"^settings\.(\w+) =", text, re.M)) == promised, path.name
        exec(compile(text, str(path), "exec"), {})
        for name in promised:
            value = getattr(settings, name)
            written = eval(re.search(rf"^settings\.{name} = (.*)$", text, re.M)[1])
            assert (tuple(value) if name == "colour" else value) == pytest.approx(written), (path.name, name)


def test_a_preset_of_ones_own(make_doodle: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER_USER_RESOURCES", str(tmp_path))
    # Blender gives the panel the preset's name.
    monkeypatch.setattr(presets.DOODLE_BRIDGE_PT_motion_presets, "bl_label", "Motion Presets")
    settings = make_doodle().doodle_bridge
    settings.sigma = 0.625
    if bpy.ops.doodle_bridge.add_motion_preset(name="Mine of today") != {"FINISHED"}:
        pytest.fail("the preset was not kept")
    kept = [Path(folder) / "Mine_of_today.py" for folder in bpy.utils.preset_paths("doodle_bridge/motion")]
    (path,) = [one for one in kept if one.exists()]
    try:
        settings.sigma = 0.0
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {})
        assert settings.sigma == 0.625
    finally:
        path.unlink()


def test_what_the_panel_says_first(make_doodle: Maker) -> None:
    """With nothing, a drawing or a doodle selected, the first panel names the next step."""
    assert panels.next_step(None) == "start"
    assert panels.next_step(pencil({1: []}, "One")) == "draw"
    assert panels.next_step(pencil({1: [], 5: []}, "Two")) == "make"
    assert panels.next_step(make_doodle()) == "doodle"
