"""Build the Blender extension: one zip for one platform and one Python, with everything the add-on needs inside.

    python build_addon.py [--platform linux-x64] [--python 3.11] [--output dist]

The zip holds the sources of `blender_addon/`, the manifest completed with version, platform and wheels, the library
`doodle_core` (weights inside) as a wheel built here, and the wheels of its dependencies, unmodified, from the package
index. Blender's own `blender_ext.py` (found in the installed bpy) packs and validates it.

One zip per platform AND Python: Blender refuses a zip whole when a single wheel in it is for another Python.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ADDON = ROOT / "blender_addon"

# Blender's name of a platform -> the wheel tags pip may take for it, newest first.
PLATFORM_TAGS: dict[str, tuple[str, ...]] = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "windows-arm64": ("win_arm64",),
    "macos-arm64": ("macosx_14_0_arm64",),
}

# Blender brings numpy itself: a second one could disagree with the compiled modules Blender has already loaded.
# encodes films itself, so the ffmpeg program (30 MB) stays with the command line.
LEFT_OUT = frozenset({"numpy", "imageio-ffmpeg"})

# The numpy inside each Blender: wheels must be chosen to work with it.
NUMPY_OF_PYTHON = {"3.11": "numpy>=1.26,<2", "3.13": "numpy>=2.2"}

NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")


class BuildError(Exception):
    """Why no zip was made, in one line."""


@dataclass(frozen=True)
class Target:
    """What a zip is for: a Blender platform such as `linux-x64` and a Python such as `3.11`."""

    platform: str
    python: str

    @property
    def pip_arguments(self) -> list[str]:
        """The options that make pip answer for this target instead of for the machine it runs on."""
        arguments = ["--only-binary=:all:", "--implementation=cp", f"--python-version={self.python}"]
        arguments += [f"--abi={abi}" for abi in (f"cp{self.python.replace('.', '')}", "abi3", "none")]
        return arguments + [f"--platform={tag}" for tag in PLATFORM_TAGS[self.platform]]

    def file_name(self, version: str) -> str:
        return f"doodle_bridge-{version}-{self.platform}-py{self.python.replace('.', '')}.zip"


def this_platform() -> str:
    """Blender's name for the platform this runs on, e.g. `linux-x64`."""
    system = {"Darwin": "macos"}.get(platform.system(), platform.system().lower())
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine().lower())
    return f"{system}-{machine or platform.machine().lower()}"


def project() -> dict:
    """The `[project]` table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def distribution_name(requirement: str) -> str:
    """`imageio>=2.34,<3` -> `imageio`, in the normal spelling of package indexes."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0]).lower()


def run(command: list[str], what: str) -> None:
    """Run one program; its output is shown only when it fails. Raises BuildError naming `what`."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        raise BuildError(f"{what} failed (status {done.returncode}); its output is above")


def library_sources(folder: Path) -> None:
    """Copy what the library's wheel is made of: built in the checkout, it would take modules from an older build/."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("doodle_core", "weights"):
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_COPIED)


def collect_wheels(folder: Path, target: Target) -> list[Path]:
    """Put into `folder` the library's wheel and those of its dependencies for `target`. Returns them sorted by name."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="doodle_core_") as name:
        library_sources(Path(name))
        run([*pip, "wheel", "--no-deps", f"--wheel-dir={folder}", name], "building the wheel of doodle_core")
    wanted = [line for line in project()["dependencies"] if distribution_name(line) not in LEFT_OUT]
    run(
        [*pip, "download", f"--dest={folder}", *target.pip_arguments, *wanted, NUMPY_OF_PYTHON[target.python]],
        f"downloading wheels for {target.platform}, Python {target.python}",
    )
    for wheel in folder.glob("*.whl"):
        if distribution_name(wheel.name.split("-")[0]) in LEFT_OUT:
            wheel.unlink()
    return sorted(folder.glob("*.whl"))


def manifest(base: str, version: str, target: Target, wheels: list[Path]) -> str:
    """The manifest of the zip: `base` (blender_addon/blender_manifest.toml) with version, platform, wheels."""
    text, found = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', base)
    if found != 1:
        raise BuildError(f'{ADDON / "blender_manifest.toml"} must have exactly one line: version = "..."')
    lists = [f'platforms = ["{target.platform}"]', "wheels = ["]
    lists += [f'  "./wheels/{wheel.name}",' for wheel in wheels] + ["]"]
    # Plain keys must come before the first table, or TOML takes them for its members.
    head, table, tail = text.partition("\n[")
    return head.rstrip() + "\n" + "\n".join(lists) + "\n" + table + tail


def blender_ext() -> Path:
    """Blender's own tool for extensions, from the bpy installed in this environment (which is not imported)."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise BuildError("bpy is not installed here: run `make build`, or pip install '.[blender]'")
    found = sorted(Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not found:
        raise BuildError(f"{Path(spec.origin).parent} has no blender_ext.py: is this bpy 4.5 or later?")
    return found[-1]


def stage(folder: Path, target: Target) -> None:
    """Lay out in the empty `folder` what the zip will hold."""
    shutil.copytree(ADDON, folder, ignore=NOT_COPIED, dirs_exist_ok=True)
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    wheels = folder / "wheels"
    wheels.mkdir()
    found = collect_wheels(wheels, target)
    path = folder / "blender_manifest.toml"
    path.write_text(manifest(path.read_text(encoding="utf-8"), project()["version"], target, found), encoding="utf-8")


def build(target: Target, output: Path) -> Path:
    """Build and validate the zip for `target` in the folder `output`; returns its path. Raises BuildError."""
    tool = [sys.executable, str(blender_ext())]
    result = output / target.file_name(project()["version"])
    with tempfile.TemporaryDirectory(prefix="doodle_bridge_") as name:
        source, packed = Path(name) / "doodle_bridge", Path(name) / result.name
        source.mkdir()
        stage(source, target)
        run([*tool, "build", f"--source-dir={source}", f"--output-filepath={packed}"], "packing the extension")
        run([*tool, "validate", str(packed)], f"validating {result.name}")
        output.mkdir(parents=True, exist_ok=True)
        shutil.move(packed, result)
    return result


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = this_platform()
    parser.add_argument("--platform", choices=sorted(PLATFORM_TAGS), default=here if here in PLATFORM_TAGS else None)
    python_help = "3.11 for Blender 4.5 and 5.0 (default), 3.13 for 5.1 and later"
    parser.add_argument("--python", choices=sorted(NUMPY_OF_PYTHON), default="3.11", help=python_help)
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the zip (default: dist)")
    options = parser.parse_args(arguments)
    if options.platform is None:
        parser.error(f"this machine ({here}) is none of Blender's: name one with --platform")
    try:
        result = build(Target(options.platform, options.python), options.output)
    except BuildError as error:
        print(f"build_addon: {error}", file=sys.stderr)
        return 1
    print(f"{result}  ({result.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
