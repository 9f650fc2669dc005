"""The add-on comes and goes without a trace, and quickly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

# isort: split
import addon_utils
import bpy.utils.previews

from blender_addon import follow, live, thumbnails, warming
from tests.blender.conftest import ADDON

HANDLERS = (
    "frame_change_post",
    "depsgraph_update_post",
    "load_post",
    "undo_post",
    "redo_post",
    "render_complete",
    "render_cancel",
)


def _handlers() -> list[str]:
    return [f"{name}:{function.__name__}" for name in HANDLERS for function in getattr(bpy.app.handlers, name)]


def test_registers_twenty_times_without_a_trace() -> None:
    addon_utils.disable(ADDON)
    before = _handlers()
    assert not hasattr(bpy.types.Object, "doodle_bridge")
    for _ in range(20):
        addon_utils.enable(ADDON)
        assert addon_utils.check(ADDON)[1]
        addon_utils.disable(ADDON)
    assert _handlers() == before
    assert not hasattr(bpy.types.Object, "doodle_bridge")
    assert not hasattr(bpy.types, "DOODLE_BRIDGE_PT_main")
    timers = (live.catch_up, live._draw_anew, warming._tick, follow._tick, thumbnails._tick)
    assert not any(bpy.app.timers.is_registered(timer) for timer in timers)
    assert thumbnails._previews is None
    assert not bpy.utils.previews._uuid_open, "no collection of previews is left open"


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
