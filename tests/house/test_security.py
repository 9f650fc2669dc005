"""What SECURITY.md says of the network, of pickles and of other programs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("doodle_core", "blender_addon")
NETWORK = {
    *("asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket", "socketserver"),
    *("ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc", "aiohttp", "multiprocessing"),
}
PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
CODE = {"eval", "exec", "compile", "__import__"}


def sources(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.split(".")[0] for name in names}


def called(node: ast.Call) -> str:
    """What a call's function is called, with dots."""
    parts, at = [], node.func
    while isinstance(at, ast.Attribute):
        parts.append(at.attr)
        at = at.value
    parts.append(at.id if isinstance(at, ast.Name) else "?")
    return ".".join(reversed(parts))


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    yield from ((called(node), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_nothing_that_ships_knows_the_network_or_pickles() -> None:
    found = {path: imported(tree) & (NETWORK | PICKLES) for path, tree in sources(*SHIPPED)}
    assert len(found) > 80
    assert not {path: names for path, names in found.items() if names}


def test_nothing_that_ships_runs_what_it_reads() -> None:
    for path, tree in sources(*SHIPPED):
        for name, node in calls(tree):
            assert name not in CODE and not name.startswith("os.system"), f"{path}:{node.lineno}"
            assert not any(k.arg == "shell" for k in node.keywords), f"{path}:{node.lineno}"


def test_one_other_program_is_run_and_from_one_place() -> None:
    users = {path.name for path, tree in sources(*SHIPPED) if "subprocess" in imported(tree)}
    assert users == {"sequence.py"}


def _says(node: ast.Call, name: str, value: bool) -> bool:
    return any(k.arg == name and isinstance(k.value, ast.Constant) and k.value.value is value for k in node.keywords)


def test_numpy_and_torch_are_told_to_leave_pickles_alone() -> None:
    loads = 0
    for path, tree in sources(*SHIPPED, "training", "examples"):
        for name, node in calls(tree):
            if name in ("np.load", "numpy.load"):
                # numpy leaves them alone unless told otherwise.
                assert not _says(node, "allow_pickle", True), f"{path}:{node.lineno}"
            if name == "torch.load":
                loads += 1
                assert _says(node, "weights_only", True), f"{path}:{node.lineno}"
    assert loads >= 2


def test_blender_is_asked_for_files_and_for_no_network() -> None:
    manifest = (ROOT / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8")
    assert "network" not in manifest


DEAF = """
import socket, sys

def refuse(*_arguments, **_names):
    raise AssertionError("a socket was opened")

for name in ("socket", "create_connection", "socketpair", "getaddrinfo", "fromfd"):
    setattr(socket, name, refuse)
import _socket
_socket.socket = refuse
"""


def run_deaf(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", DEAF + code, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_a_film_is_made_without_a_socket(tmp_path: Path) -> None:
    done = run_deaf(
        """
from pathlib import Path
from PIL import Image, ImageDraw
folder = Path(sys.argv[1])
for number in range(2):
    image = Image.new("L", (96, 96), 255)
    ImageDraw.Draw(image).line((9, 9 + 40 * number, 80, 80), fill=0, width=5)
    image.save(folder / f"{number}.png")
from doodle_core.cli import main
for out in ("film.gif", "film.mp4", "frames"):
    status = main(["animate", str(folder / "0.png"), str(folder / "1.png"), "-o", str(folder / out), "--size", "64"])
    assert status == 0
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "film.mp4").stat().st_size > 100 and (tmp_path / "frames" / "0013.png").exists()


@pytest.mark.skipif(find_spec("bpy") is None, reason="needs Blender as a module")
def test_a_bake_is_made_without_a_socket(tmp_path: Path) -> None:
    done = run_deaf(
        """
from pathlib import Path
import bpy, numpy as np
import blender_addon
from blender_addon import commands
blender_addon.register()
from PIL import Image, ImageDraw
folder = Path(sys.argv[1])
for number in range(2):
    image = Image.new("L", (96, 96), 255)
    ImageDraw.Draw(image).line((9, 9 + 40 * number, 80, 80), fill=0, width=5)
    image.save(folder / f"{number}.png")
bpy.ops.doodle_bridge.from_images(directory=str(folder), files=[{"name": "0.png"}, {"name": "1.png"}])
(doodle,) = [ob for ob in bpy.data.objects if ob.doodle_bridge.is_doodle]
doodle.doodle_bridge.bake_folder = str(folder / "baked")
bpy.context.scene.frame_end = 3
bpy.context.view_layer.objects.active = doodle
print(bpy.ops.doodle_bridge.bake())
blender_addon.unregister()
""",
        tmp_path,
    )
    assert "{'FINISHED'}" in done.stdout, done.stdout + done.stderr
    assert sorted(path.name for path in (tmp_path / "baked").iterdir())[:3] == ["0001.png", "0002.png", "0003.png"]
