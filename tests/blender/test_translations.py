"""Every text of the interface can be told in every language that is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import blender_addon
from blender_addon.interface.panels import HOLDS
from blender_addon.preferences import DoodlePreferences
from blender_addon.properties import KEY_STATES
from blender_addon.translations import LANGUAGES

_FOLDER = Path(blender_addon.__file__).parent
_WRAPPED = {"iface_", "tip_", "rpt_", "pgettext_iface", "pgettext_tip", "pgettext_rpt", "poll_message_set"}
_OF_NO_LANGUAGE = {
    "PNG",
    "SVG",
    "Lottie",
    "GIF",
    "MP4",
    "OpenEXR",
    "Y",
    "GPU",
    "PyTorch",
    "ONNX Runtime",
    "Doodle Bridge",
    "Doodle",
    "8 bit",
    "16 bit",
    "Sigma",
}


def _of_types() -> Iterator[str]:
    """Labels, names, tooltips and enum items of what the add-on registers."""
    groups = [bpy.types.Object.bl_rna.properties["doodle_bridge"].fixed_type]
    groups += [groups[0].properties[name].fixed_type for name in ("keys", "corrections", "offsets")]
    groups.append(bpy.types.Scene.bl_rna.properties["doodle_bridge_overlay"].fixed_type)
    for name in dir(bpy.ops.doodle_bridge):
        operator = getattr(bpy.ops.doodle_bridge, name).get_rna_type()
        yield operator.name
        yield operator.description
        groups.append(operator)
    for name in dir(bpy.types):
        cls = getattr(bpy.types, name)
        if getattr(cls, "__module__", "").startswith("blender_addon."):
            yield getattr(cls, "bl_label", "")
    groups.append(DoodlePreferences.bl_rna)
    for group in groups:
        for prop in group.properties:
            if prop.is_hidden or prop.identifier in {"rna_type", "name", "bl_idname"}:
                continue
            yield prop.name
            yield prop.description
            if prop.type == "ENUM":
                for item in prop.enum_items:
                    yield item.name
                    yield item.description


def _of_sources() -> Iterator[str]:
    """Texts in the code: `text="..."` of layouts, and what is handed to the translating functions."""
    for path in sorted(_FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in _WRAPPED and node.args:
                yield from _strings(node.args[0])
            for keyword in node.keywords:
                if keyword.arg == "text" and "interface" in path.parts:
                    yield from _strings(keyword.value)


def _strings(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)


def _of_tables() -> Iterator[str]:
    """Texts that reach the interface out of tables."""
    for _, name, description, *_ in KEY_STATES:
        yield name
        yield description
    for _, name in HOLDS:
        yield name


def texts() -> list[str]:
    """Every English text of the interface, once, sorted."""
    found = {text for text in (*_of_types(), *_of_sources(), *_of_tables()) if re.search(r"[A-Za-z]{2}", text)}
    return sorted(found - _OF_NO_LANGUAGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_out_and_nothing_left_over(language: str) -> None:
    table, wanted = LANGUAGES[language], texts()
    assert len(wanted) > 100
    assert [text for text in wanted if text not in table] == []
    assert sorted(set(table) - set(wanted)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_filled_in_everywhere(language: str) -> None:
    for text, told in LANGUAGES[language].items():
        assert sorted(re.findall(r"{[^}]*}", text)) == sorted(re.findall(r"{[^}]*}", told)), text
        assert told.strip() == told and told, text


def test_blender_tells_them() -> None:
    view = bpy.context.preferences.view
    before = view.language, view.use_translate_interface
    try:
        view.language, view.use_translate_interface = "de_DE", True
        told = bpy.app.translations.pgettext_iface("Update Keys", "Operator")
    except TypeError:
        pytest.skip("this Blender is built without languages")
    finally:
        view.language, view.use_translate_interface = before
    assert told == LANGUAGES["de_DE"]["Update Keys"]


def test_tooltips_are_one_line_without_a_full_stop() -> None:
    """Blender breaks lines itself and ends them with a full stop."""
    for text in _of_types():
        assert "\n" not in text and not text.endswith("."), text
