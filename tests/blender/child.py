"""Another Blender in a process of its own, with the add-on: to be killed, starved, or set to work at the same time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import atexit, json, sys
import bpy  # first: it makes Blender's own modules importable
import addon_utils
given = json.loads(sys.argv[1])
bpy.ops.wm.read_factory_settings(use_empty=True)
addon_utils.enable("blender_addon", default_set=True)
atexit.register(addon_utils.disable, "blender_addon")
def answer(value):
    print("ANSWER", json.dumps(value), flush=True)
"""


def started(
    script: str, given: object = None, *, before: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Run `script`, which has `bpy`, the add-on, what was `given`, and `answer` to give something back. `before`: the
    command that runs the command."""
    command = [*before, sys.executable, "-c", PRELUDE + script, json.dumps(given)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Any:
    """What the script answered last; an AssertionError with all that it said where it failed."""
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    answers = [line.removeprefix("ANSWER ") for line in said.splitlines() if line.startswith("ANSWER ")]
    return json.loads(answers[-1]) if answers else None


def run(script: str, given: object = None, **how: Any) -> Any:
    return ended(started(script, given, **how))


@cache
def own_mounts() -> tuple[str, ...]:
    """The command under which another one may mount what only it sees; () where that is not allowed."""
    command = ("unshare", "--user", "--map-root-user", "--mount")
    if shutil.which(command[0]) is None:
        return ()
    return command if subprocess.run([*command, "true"], capture_output=True).returncode == 0 else ()
