"""Before the first picture: enabling the add-on, opening a file with a doodle, making one of a hundred drawings.

Each in processes of its own: what is loaded once would not be loaded again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times

__all__ = ["measure"]

_ROOT = Path(__file__).parent.parent
_ENABLE, _PICTURE, _LAYER = 50.0, 500.0, 5.0  # ms, ms, s
_DRAWINGS = 100

_PRELUDE = """
import atexit, json, sys, time
import bpy
import addon_utils
given = json.loads(sys.argv[1])
clock = [time.perf_counter()]
def tick():
    clock.append(time.perf_counter())
    return 1e3 * (clock[-1] - clock[-2])
def answer(**values):
    print("ANSWER", json.dumps(values), flush=True)
"""
_MAKE = """
from benchmarks import scenes
scenes.start()
scenes.doodle(4, 512)
bpy.context.scene.frame_set(6)
bpy.ops.wm.save_as_mainfile(filepath=given["file"])
answer()
"""
_OPEN = """
bpy.ops.wm.read_factory_settings(use_empty=True)
tick()
addon_utils.enable("blender_addon", default_set=True)
enabling = tick()
atexit.register(addon_utils.disable, "blender_addon")
before = {"numpy": "numpy" in sys.modules, "doodle_core": "doodle_core" in sys.modules}
tick()
bpy.ops.wm.open_mainfile(filepath=given["file"])
opening = tick()
from blender_addon.properties import doodles
from blender_addon.view import plane
image = plane.shown_image(doodles()[0])
assert max(list(image.pixels)[3::4]) > 0.5, "nothing is drawn"
answer(enabling=enabling, opening=opening, loaded=before["doodle_core"])
"""
_PARTS = """
bpy.ops.wm.read_factory_settings(use_empty=True)
addon_utils.enable("blender_addon", default_set=True)
atexit.register(addon_utils.disable, "blender_addon")
from blender_addon import session
from blender_addon.view import live
tick()
import numpy
parts = {"numpy (bpy has loaded it; Blender has not)": tick()}
import skia
parts["skia"] = tick()
import doodle_core.film, doodle_core.model
parts["the library"] = tick()
import onnxruntime
parts["onnxruntime"] = tick()
import scipy.spatial, scipy.sparse.csgraph
parts["scipy.spatial, scipy.sparse"] = tick()
session.get().model
parts["the model: card, hashes, engine"] = tick()
with live.paused():
    bpy.ops.wm.open_mainfile(filepath=given["file"])
parts["the .blend"] = tick()
live.refresh_all()
parts["reading keys and drawing the first picture"] = tick()
bpy.context.scene.frame_set(7)
parts["the next picture, after it"] = tick()
answer(**parts)
"""
_LAYERED = """
from benchmarks import scenes
scenes.start()
scenes.walking(given["drawings"], keys=given["drawings"])
tick()
bpy.ops.doodle_bridge.from_grease_pencil()
cold = tick()
assert len(bpy.context.object.doodle_bridge.keys) == given["drawings"]
bpy.data.objects.remove(bpy.context.object)
scenes.walking(given["drawings"], first=1, keys=given["drawings"])
tick()
bpy.ops.doodle_bridge.from_grease_pencil()
answer(cold=cold, warm=tick())
"""


def measure(effort: Effort) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, Any] = {"file": str(Path(folder) / "doodle.blend"), "drawings": effort.few(_DRAWINGS, 5)}
        bytecode = Path(folder) / "bytecode"
        _run(_MAKE, given, bytecode)
        first = _run(_OPEN, given, Path(folder) / "none yet")
        runs = [_run(_OPEN, given, bytecode) for _ in range(1 + effort.few(9))][1:]
        if any(run["loaded"] for run in runs):
            raise RuntimeError("enabling the add-on loads the library")
        parts = [_run(_PARTS, given, bytecode) for _ in range(effort.few(5))]
        layers = [_run(_LAYERED, given, bytecode) for _ in range(effort.few(3))]
    enabling, opening = (_times(run[what] for run in runs) for what in ("enabling", "opening"))
    cold, warm = (_times(run[what] for run in layers) for what in ("cold", "warm"))
    starts = Table(
        "In a new process each time, Blender itself already there (first time: Python compiles the add-on; it keeps "
        "what it compiled):",
        "what",
        ("ms", "slowest, ms", "first time, ms"),
        (
            Row("enabling the add-on", (enabling, _slowest(runs, "enabling"), first["enabling"])),
            Row("opening a file, to its plane's pixels", (opening, _slowest(runs, "opening"), first["opening"])),
        ),
    )
    found = {name: _times(run[name] for run in parts) for name in parts[0]}
    rows = tuple(Row(name, (value, 100 * value / opening)) for name, value in found.items())
    inside = Table("What is in opening, one part after the other:", "part", ("ms", "% of opening"), rows)
    count = given["drawings"]
    layer = Table(
        f"New Doodle from Grease Pencil, {count} drawings:",
        "when",
        ("s", "ms a drawing", "times a warm one"),
        (
            Row("first thing in the process", (cold / 1e3, cold / count, cold / warm)),
            Row("with the model loaded", (warm / 1e3, warm / count, 1.0)),
        ),
    )
    goals = (
        Goal("enabling the add-on", enabling, _ENABLE, "ms"),
        Goal("first picture after opening a file", opening, _PICTURE, "ms"),
        Goal(f"a doodle of {count} drawings, first thing in the process", cold / 1e3, _LAYER, "s"),
    )
    return Result((starts, inside, layer), goals)


def _run(script: str, given: dict[str, Any], bytecode: Path) -> dict[str, Any]:
    """What a script answers in a process of its own. Its compiled Python is kept in `bytecode`, as an installed
    add-on's is beside it."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", _PRELUDE + script, json.dumps(given)]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    answers = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    if done.returncode or not answers:
        raise RuntimeError(done.stdout + done.stderr)
    answer: dict[str, Any] = json.loads(answers[-1].removeprefix("ANSWER "))
    return answer


def _times(values: Any) -> float:
    """The median."""
    return Times(tuple(values)).median


def _slowest(runs: list[dict[str, Any]], what: str) -> float:
    return float(max(run[what] for run in runs))
