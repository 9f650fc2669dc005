"""Does a zip work where nothing else is installed, and does it draw what the sources draw?

    python -m tests.blender.installed ZIP                                   in this environment's bpy
    python -m tests.blender.installed ZIP --blender PROGRAM --modules DIR   in a whole Blender

In an empty user folder the zip is installed and enabled; the demo's .blend, made from the sources, is opened and frames
of it are rendered, which must not differ by more than 1/255 from those that the sources render; keys are encoded anew,
pictures become keys, and frames are baked. In bpy only Blender's own dependencies can be imported beside the zip's
wheels.

A zip without compiled wheels is first installed where its packages are missing: there it must say so, in one line, and
do no harm. Then `--modules`, a folder with packages for that Python, stands beside it. The sources need them as well in
a whole Blender.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRAMES = (1, 4, 40, 73, 86)
"""A key, in-betweens, and some of the second round, where `sigma` shakes the lines."""
SIZE = 192
PACKAGES = ("scipy", "PIL", "png", "OpenEXR", "skia", "onnxruntime")
ABSENT = ("flatbuffers", "google.protobuf", "packaging", "imageio_ffmpeg", "torch")
"""What no zip brings: the runs show that nothing asks for it."""
MODULE = "bl_ext.user_default.doodle_bridge"


# --- Inside Blender


def make(folder: Path) -> None:
    """With the sources: the demo's .blend, and frames of it."""
    sys.path.insert(0, str(ROOT))
    import bpy

    from examples import walk_demo

    with walk_demo.addon():
        walk_demo.build(SIZE)
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "walk.blend"), check_existing=False)
        _render(folder / "walk.blend", folder / "source")


def use(folder: Path, packages: Sequence[str]) -> None:
    """With the installed zip: the same frames, and everything else that asks for a wheel. `packages` come from it."""
    import bpy

    addon = _installed()
    own = Path(bpy.utils.user_resource("EXTENSIONS")).resolve()
    for name in ("doodle_core", *packages):
        where = Path(importlib.util.find_spec(name).origin).resolve()
        assert own in where.parents, f"{name} comes from {where}"
    # In bpy nothing but the zip and Blender's own packages can be imported.
    found = [name for name in ABSENT if packages and _importable(name)]
    assert not found, f"{found} can be imported: nothing is shown about doing without"
    _render(folder / "walk.blend", folder / "installed")

    from doodle_core.sequence import write_png

    for doodle in [ob for ob in bpy.data.objects if ob.doodle_bridge.is_doodle]:
        bpy.context.view_layer.objects.active = doodle
        doodle.doodle_bridge.model_id = ""  # as if another model had made its keys: all are encoded anew
        assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
        assert addon.session.get().encoded > 1
        settings = doodle.doodle_bridge
        for kind, depth in (("png", "8"), ("png", "16"), ("exr", "16")):
            settings.bake_format, settings.bake_depth = kind, depth
            settings.bake_range, settings.bake_first, settings.bake_last = "custom", 1, 3
            settings.bake_folder = str(folder / f"baked {kind} {depth}")
            assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
            assert len([*Path(settings.bake_folder).glob(f"*.{kind}")]) == 3
            assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}

    import numpy as np

    ink = np.tri(64, 64, dtype=np.uint8)
    write_png(folder / "eight.png", 255 * ink)
    write_png(folder / "sixteen.png", np.repeat((65535 * ink.astype(np.uint16))[..., None], 3, axis=2))
    files = [{"name": "eight.png"}, {"name": "sixteen.png"}]
    assert bpy.ops.doodle_bridge.from_images(files=files, directory=str(folder)) == {"FINISHED"}
    assert len(bpy.context.object.doodle_bridge.keys) == 2
    assert addon.commands.main(["info"]) == 0
    print("ENGINE", addon.session.get().model.engine_name)


def miss(folder: Path) -> None:
    """With a zip that lacks wheels: it is enabled, the file renders as it can, and every way says the same line."""
    import bpy

    addon = _installed()
    line = addon.requirements.line()
    assert not any(name in sys.modules for name in PACKAGES)
    assert all(addon.requirements.PACKAGES[name] in line for name in PACKAGES), line
    assert len(line.splitlines()) == 1
    _render(folder / "walk.blend", folder / "missing", FRAMES[:1])
    (doodle,) = [ob for ob in bpy.data.objects if ob.doodle_bridge.is_doodle]
    bpy.context.view_layer.objects.active = doodle
    for operator in ("update_keys", "bake", "bake_strokes", "from_images", "from_grease_pencil"):
        if operator == "from_grease_pencil":
            bpy.context.view_layer.objects.active = doodle.doodle_bridge.source
        arguments = {"filepath": str(ROOT / "weights" / "strip.png")} if operator == "from_images" else {}
        try:
            getattr(bpy.ops.doodle_bridge, operator)(**arguments)
        except RuntimeError as error:
            assert line in str(error) and "Traceback" not in str(error), error
        else:
            raise AssertionError(f"{operator} said nothing")
    assert addon.commands.main(["bake", "--output", str(folder / "none")]) == 2
    assert addon.commands.main(["info"]) == 0
    print("LINE", line)


def _installed() -> object:
    """The add-on's module, enabled in this Blender from the empty user folder's extensions."""
    import atexit

    import addon_utils
    import bpy

    if not addon_utils.check(MODULE)[1]:
        archive = os.environ["DOODLE_ZIP"]
        answer = bpy.ops.extensions.package_install_files(
            filepath=archive, repo="user_default", enable_on_install=True, overwrite=True
        )
        assert answer == {"FINISHED"}, answer
    assert addon_utils.check(MODULE)[1], "the add-on did not start"
    if not bpy.app.binary_path:  # bpy 4.5 hangs at exit while a Python handler is left; see examples/walk_demo.py
        atexit.register(addon_utils.disable, MODULE)
    return importlib.import_module(MODULE)


def _render(blend: Path, folder: Path, frames: Sequence[int] = FRAMES) -> None:
    import bpy

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        bpy.context.scene.render.filepath = str(folder / f"{frame:04d}.png")
        bpy.ops.render.render(write_still=True)


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # of the package around it
        return False


# --- Outside


def dependencies(name: str) -> set[str]:
    """A distribution and all that it needs, as they are installed here."""
    found, todo = set(), [name]
    while todo:
        one = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if one in found:
            continue
        try:
            needed = importlib.metadata.requires(one) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system
        found.add(one)
        todo += [re.match(r"[\w.-]+", line)[0] for line in needed if "extra ==" not in line]
    return found


def bare_environment(folder: Path) -> Path:
    """A folder for PYTHONPATH with bpy and what it needs, as Blender has them, and nothing else of this environment."""
    folder.mkdir()
    for name in dependencies("bpy"):
        for file in importlib.metadata.files(name) or []:
            top = file.parts[0]
            if top != ".." and not (folder / top).exists():
                (folder / top).symlink_to(Path(file.locate()).parents[len(file.parts) - 1] / top)
    return folder


def largest_difference(one: Path, other: Path) -> int:
    """Of two folders of rendered frames, in steps of 1/255."""
    import numpy as np
    from PIL import Image

    first, second = (sorted(path.name for path in folder.glob("*.png")) for folder in (one, other))
    assert first == second == [f"{frame:04d}.png" for frame in FRAMES], (first, second)
    pairs = [[np.asarray(Image.open(folder / name), np.int16) for folder in (one, other)] for name in first]
    assert all(picture.std() > 5 for pair in pairs for picture in pair), "a frame is empty"
    return max(int(abs(a - b).max()) for a, b in pairs)


class Runner:
    """Runs the parts above in a Blender whose user folder is empty: in `program`, or in this environment's bpy."""

    def __init__(self, folder: Path, archive: Path, program: str | None, modules: Path | None) -> None:
        self.folder, self.archive, self.program, self.modules = folder, archive, program, modules
        self.bare = None if program else bare_environment(folder / "site")

    def run(self, part: str, *arguments: str, source: bool = False, modules: bool = True) -> str:
        """What the part printed. Raises SystemExit with all of it where the part failed."""
        home = Path(tempfile.mkdtemp(prefix=f"{part}_", dir=self.folder))
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BLENDER_USER"))}
        env |= {"BLENDER_USER_RESOURCES": str(home), "DOODLE_ZIP": str(self.archive), "PYTHONDONTWRITEBYTECODE": "1"}
        beside = [str(self.modules)] if self.modules and modules else []
        said = ""
        if self.program is None:
            # -S: nothing of this environment but what PYTHONPATH names.
            command = [sys.executable] if source else [sys.executable, "-S"]
            env["PYTHONPATH"] = os.pathsep.join([str(ROOT)] if source else [str(self.bare), *beside])
            command += [__file__, "--", part, str(self.folder), *arguments]
        else:
            env["PYTHONPATH"] = os.pathsep.join([str(ROOT), *beside] if source else beside)
            system = ["--python-use-system-env"] if env["PYTHONPATH"] else []
            if not source:
                install = ["--command", "extension", "install-file", "-r", "user_default", "--enable"]
                said += self._call([self.program, *system, *install, str(self.archive)], env)
            command = [self.program, *system, "-b", "--python-exit-code", "7"]
            command += ["-P", __file__, "--", part, str(self.folder), *arguments]
        return said + self._call(command, env)

    def _call(self, command: list[str], env: dict[str, str]) -> str:
        done = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{done.stdout}\n{' '.join(command)}\nended with status {done.returncode}")
        return done.stdout


def wheel_packages(archive: Path) -> list[str]:
    """Which of PACKAGES the zip brings."""
    names = " ".join(zipfile.ZipFile(archive).namelist()).lower()
    files = {"PIL": "pillow", "png": "pypng", "OpenEXR": "openexr", "skia": "skia_python"}
    return [package for package in PACKAGES if f"wheels/{files.get(package, package)}-" in names]


def check(archive: Path, program: str | None = None, modules: Path | None = None) -> list[str]:
    """What was seen, a line each. Raises SystemExit where something is wrong."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="doodle_installed_") as name:
        runner = Runner(Path(name), archive.resolve(), program, modules.resolve() if modules else None)
        packages = wheel_packages(archive)
        runner.run("make", source=True)
        if not packages:
            said = runner.run("miss", modules=False)
            (line,) = re.findall(r"^LINE (.*)$", said, re.MULTILINE)
            if "Traceback" in said or f"Doodle Bridge: {line}" not in said:
                raise SystemExit(f"{said}\nthe console does not say, once and plainly: {line}")
            lines.append(f"without packages: {line}")
        if packages or modules:
            said = runner.run("use", *packages)
            if "Traceback" in said:
                raise SystemExit(said)
            (engine,) = re.findall(r"^ENGINE (.*)$", said, re.MULTILINE)
            difference = largest_difference(Path(name) / "source", Path(name) / "installed")
            lines.append(f"{engine}: {len(FRAMES)} frames, largest difference from the sources' {difference}/255")
            if difference > 1:
                raise SystemExit("\n".join(lines))
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("zip", type=Path, nargs="+")
    parser.add_argument("--blender", help="a Blender program (default: bpy)")
    parser.add_argument("--modules", type=Path, help="folder with packages for that Python")
    options = parser.parse_args()
    for archive in options.zip:
        for line in check(archive, options.blender, options.modules):
            print(f"{archive.name}: {line}", flush=True)
    return 0


if __name__ == "__main__":
    if "--" in sys.argv:
        part, place, *rest = sys.argv[sys.argv.index("--") + 1 :]
        if part == "make":
            make(Path(place))
        elif part == "use":
            use(Path(place), rest)
        else:
            miss(Path(place))
    else:
        raise SystemExit(main())
