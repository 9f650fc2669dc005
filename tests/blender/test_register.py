"""The add-on comes and goes without a trace, and quickly."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import bpy  # first: it makes Blender's own modules importable

# isort: split
import addon_utils
import bpy.utils.previews
import numpy as np

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.view import live
from tests.blender.conftest import ADDON, picture_of


def _handlers() -> list[str]:
    """All there are, whatever Blender calls them."""
    found = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return [f"{name}:{one.__name__}" for name, many in found.items() if isinstance(many, list) for one in many]


def _traces() -> dict[str, object]:
    """Everything that an add-on can leave behind in Blender, as far as Blender tells."""
    kinds = {name: getattr(bpy.types, name) for name in dir(bpy.types)}
    drawing = {name: getattr(getattr(kind, "draw", None), "_draw_funcs", ()) for name, kind in kinds.items()}
    config = bpy.context.window_manager.keyconfigs.addon
    return {
        "handlers": _handlers(),
        "classes": sorted(kinds),
        "properties": {
            name: sorted(kinds[name].bl_rna.properties.keys())
            for name in ("Object", "Scene", "WindowManager", "Material", "Image", "ID")
        },
        "drawn into menus": {name: [one.__module__ for one in many] for name, many in drawing.items() if len(many) > 1},
        "preset paths": bpy.utils.preset_paths("doodle_bridge"),
        "keymap items": [] if config is None else [len(one.keymap_items) for one in config.keymaps],
        "previews": len(bpy.utils.previews._uuid_open),
    }


def _own_modules() -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name.split(".")[0] == ADDON and module is not None]


def test_registers_twenty_times_without_a_trace() -> None:
    addon_utils.disable(ADDON)
    before = _traces()
    assert not hasattr(bpy.types.Object, "doodle_bridge")
    for _ in range(20):
        addon_utils.enable(ADDON)
        assert addon_utils.check(ADDON)[1]
        there = _traces()
        addon_utils.disable(ADDON)
        assert _traces() == before
    assert there["handlers"] != before["handlers"] and there["classes"] != before["classes"], "they would be seen"
    functions = [one for module in _own_modules() for one in vars(module).values() if inspect.isfunction(one)]
    assert not any(bpy.app.timers.is_registered(one) for one in functions)
    for module in _own_modules():  # refused while there are some of that name, by a Blender that knows languages
        bpy.app.translations.register(module.__name__, {})
        bpy.app.translations.unregister(module.__name__)


def test_it_comes_and_goes_with_doodles_in_the_file(make_doodle: Callable[..., bpy.types.Object]) -> None:
    """Their settings stay in the .blend, and are there again."""
    make_doodle().doodle_bridge.line_weight = 0.5
    for _ in range(3):
        addon_utils.disable(ADDON)
        bpy.context.scene.frame_set(6)
        addon_utils.enable(ADDON, default_set=True)
        bpy.context.scene.frame_set(16)
    doodle = bpy.data.objects["Drawing Doodle"]
    assert doodle.doodle_bridge.is_doodle and len(doodle.doodle_bridge.keys) == 3
    assert doodle.doodle_bridge.line_weight == 0.5
    evaluated = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert np.allclose(picture_of(doodle), session.render(keys.frame_request(evaluated, 16)), atol=1e-5)


def test_nothing_is_remembered_of_a_file_that_was_closed(
    make_doodle: Callable[..., bpy.types.Object], tmp_path: Path
) -> None:
    """No module keeps a datablock: what it was is freed memory once another file is open."""
    make_doodle()
    bpy.context.scene.frame_set(6)
    bpy.ops.wm.read_homefile(use_empty=True)

    def kept(value: object, depth: int = 0) -> bool:
        if isinstance(value, bpy.types.ID):
            return True
        if depth < 4 and isinstance(value, dict):
            return any(kept(one, depth + 1) for pair in value.items() for one in pair)
        return depth < 4 and isinstance(value, (list, tuple, set)) and any(kept(one, depth + 1) for one in value)

    found = [
        f"{module.__name__}.{name}" for module in _own_modules() for name, value in vars(module).items() if kept(value)
    ]
    assert not found


def test_operators_are_there_with_tooltips() -> None:
    edits = ("jump_to_key", "refresh_key", "replace_key", "remove_key", "add_key")
    for name in ("from_grease_pencil", "from_images", "update_keys", *edits, "bake", "free_bake"):
        kind = getattr(bpy.ops.doodle_bridge, name).get_rna_type()
        assert kind.description and "(undocumented" not in kind.description
        for prop in kind.properties:
            if not prop.is_hidden and prop.identifier != "rna_type":
                assert prop.description, f"{name}.{prop.identifier} has no tooltip"


def test_one_handler_each_after_loading_a_file(tmp_path: Path) -> None:
    path = str(tmp_path / "a.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, check_existing=False)
    before = _handlers()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert _handlers() == before
    assert len([one for one in bpy.app.handlers.frame_change_post if one is live._frame_changed]) == 1


def test_enabling_loads_nothing_heavy() -> None:
    """In a Blender of its own: numpy is part of Blender, the rest must wait for the first picture."""
    script = """
import atexit, sys, time
import bpy, addon_utils
atexit.register(addon_utils.disable, "blender_addon")
before = time.perf_counter()
addon_utils.enable("blender_addon", default_set=True)
took = time.perf_counter() - before
heavy = [one for one in ("onnxruntime", "torch", "scipy", "imageio", "PIL", "doodle_core") if one in sys.modules]
assert addon_utils.check("blender_addon")[1]
print(f"enabled in {1000 * took:.1f} ms, loaded {heavy}")
sys.exit(bool(heavy))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
