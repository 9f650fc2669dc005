"""Build the Blender extension: a zip for each platform and Python, with everything the add-on needs inside.

    python build_addon.py [--platform linux-x64] [--python 3.11] [--output dist]    one zip
    python build_addon.py --all                                                     all of them
    python build_addon.py --any               a zip without compiled wheels, for a Blender with another Python
    python build_addon.py --lock              choose the newest wheels and write wheels.lock

A zip holds the sources of `blender_addon/`, the manifest completed with version, platform and wheels, the library
`doodle_core` (weights inside) as a wheel built here, and the wheels of its dependencies, unmodified, as wheels.lock
names them. Blender's own `blender_ext.py` (found in the installed bpy) validates it. docs/packaging.md says what is
inside, and why.

One zip per platform AND Python: Blender refuses a zip whole when a single wheel in it is for another Python.

Two builds of the same sources give the same bytes: files are sorted, stored uncompressed (every zlib compresses in its
own way; wheels, which are nearly all of it, are compressed already), and have one date and one mode.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from doodle_core import __version__

ROOT = Path(__file__).resolve().parent
ADDON = ROOT / "blender_addon"
LOCK = ROOT / "wheels.lock"
PACKAGING = ROOT / "docs" / "packaging.md"
WHEELS = ROOT / "build" / "wheels"
LARGEST = 100_000_000
"""Bytes of a zip, at most."""

# Blender's name of a platform -> the wheel tags pip may take for it, and how the last part of such a tag looks.
PLATFORM_TAGS: dict[str, tuple[str, ...]] = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux2014_x86_64"),
    "linux-arm64": ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64"),
    "macos-arm64": ("macosx_14_0_arm64", "macosx_11_0_arm64"),
    "windows-x64": ("win_amd64",),
    "windows-arm64": ("win_arm64",),
}
FITTING_TAG = {
    "linux-x64": re.compile(r"manylinux.*_x86_64"),
    "linux-arm64": re.compile(r"manylinux.*_aarch64"),
    "macos-arm64": re.compile(r"macosx_.*_(arm64|universal2)"),
    "windows-x64": re.compile(r"win_amd64"),
    "windows-arm64": re.compile(r"win_arm64"),
}
PYTHONS = ("3.11", "3.13")  # of Blender 4.5 and 5.0; of 5.1 and later
ANY = "any"

REASONS = {
    "doodle-bridge": "the library `doodle_core` and the trained weights; built here",
    "onnxruntime": "runs the networks, on any processor",
    "skia-python": "paints drawings: the rasteriser",
    "scipy": "distance fields, filters, spline paths, sparse systems",
    "pillow": "reads pictures as keys; writes 8-bit PNG",
    "openexr": "reads and writes OpenEXR",
    "pypng": "16-bit PNG in colour, which pillow neither reads nor writes",
}
"""Every wheel that a zip holds, and why."""

OPTIONAL = frozenset({"onnxruntime-ep-webgpu"})
"""Wheels that a zip does without where there are none for its platform."""

LEFT_OUT = {
    "numpy": "Blender brings its own; a second one would disagree with the compiled modules it has loaded",
    "onnxruntime-ep-webgpu": "7 MB, with which a zip would be over 100; the matcher is quick on any processor",
    "imageio-ffmpeg": "30 MB for MP4 films, which Blender makes itself",
    "flatbuffers": "onnxruntime declares it, but imports it only in its tools for model files",
    "protobuf": "the same; a copy here could clash with other add-ons'",
    "packaging": "the same",
}
"""Declared by the library or by one of the wheels, and in no zip."""

BACKEND = "setuptools"  # builds the library's wheel; its version is in the lock, too, since it signs what it builds
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip can tell


class BuildError(Exception):
    """Why no zip was made, in one line."""


class NoWheelError(BuildError):
    """A target that a wheel does not exist for."""


@dataclass(frozen=True)
class Target:
    """What a zip is for: a Blender platform such as `linux-x64` and a Python such as `3.11`; ANY and '' for all."""

    platform: str
    python: str

    def __str__(self) -> str:
        return f"{self.platform}, Python {self.python}" if self.python else "any platform and Python"

    @property
    def abi(self) -> str:
        return f"cp{self.python.replace('.', '')}"

    @property
    def pip_arguments(self) -> list[str]:
        """The options that make pip answer for this target instead of for the machine it runs on."""
        arguments = ["--only-binary=:all:", "--implementation=cp", f"--python-version={self.python}"]
        arguments += [f"--abi={abi}" for abi in (self.abi, "abi3", "none")]
        return arguments + [f"--platform={tag}" for tag in PLATFORM_TAGS[self.platform]]

    def file_name(self, version: str) -> str:
        return f"doodle_bridge-{version}-{self.platform}{'-py' + self.abi[2:] if self.python else ''}.zip"


TARGETS = tuple(Target(platform, python) for platform in sorted(PLATFORM_TAGS) for python in PYTHONS)


@dataclass(frozen=True, order=True)
class Wheel:
    """A wheel that is pinned: its file's name, size in bytes and sha256 as hex."""

    file: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return distribution_name(self.file.split("-")[0])

    @property
    def version(self) -> str:
        return self.file.split("-")[1]

    def fits(self, target: Target) -> bool:
        """Whether it can be imported there, by the tags in its name."""
        python, abi, tags = self.file.removesuffix(".whl").split("-")[-3:]
        if tags == "any":
            return abi == "none" and "py3" in python.split(".")
        if not target.python or not any(FITTING_TAG[target.platform].fullmatch(tag) for tag in tags.split(".")):
            return False
        return python == target.abi if abi in (target.abi, "none") and python.startswith("cp") else python == "py3"

    @classmethod
    def of(cls, path: Path) -> Wheel:
        return cls(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


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


def requirements() -> dict[str, str]:
    """What the lock chooses from, by name: the ranges of pyproject.toml for every wheel that is not built here."""
    asked = [*project()["dependencies"], *project()["optional-dependencies"]["gpu"]]
    ranges = {distribution_name(line): line for line in asked}
    return {name: ranges[name] for name in REASONS if name in ranges}


def run(command: list[str], what: str, env: dict[str, str] | None = None) -> None:
    """Run one program; its output is shown only when it fails. Raises BuildError naming `what`."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=env)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        raise BuildError(f"{what} failed (status {done.returncode}); its output is above")


# --- The lock


def read_lock(text: str) -> tuple[Wheel, ...]:
    """The wheels of a wheels.lock."""
    return tuple(Wheel(**table) for table in tomllib.loads(text)["wheel"])


def write_lock(wheels: Iterable[Wheel]) -> str:
    """The text of a wheels.lock: sorted, each wheel once."""
    lines = ["# Every wheel of the extension zips. `python build_addon.py --lock` writes this file."]
    for wheel in sorted(set(wheels)):
        lines += ["", "[[wheel]]", f'file = "{wheel.file}"', f"bytes = {wheel.bytes}", f'sha256 = "{wheel.sha256}"']
    return "\n".join(lines) + "\n"


def wheels_of(target: Target, locked: Sequence[Wheel]) -> list[Wheel]:
    """The locked wheels for a target, in the order of REASONS. Raises NoWheelError, naming those that do not exist."""
    if target.platform == ANY:
        return []
    found, missing = [], []
    for name in requirements():
        fitting = [wheel for wheel in locked if wheel.name == name and wheel.fits(target)]
        if len(fitting) > 1:
            raise BuildError(f"wheels.lock has {len(fitting)} wheels of {name} for {target}: run build_addon.py --lock")
        found += fitting
        if not fitting and name not in OPTIONAL:
            missing.append(name)
    if missing:
        raise NoWheelError(f"{target}: no wheel of {', '.join(missing)} in wheels.lock")
    return found


def lock() -> str:
    """The newest wheels that the index has for every target, as the text of a wheels.lock; those it lacks are told.

    Each is taken without its dependencies: scipy's on numpy is met by every supported Blender's own, which the tests of
    the installed zips show.
    """
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-deps"]
    chosen: list[Wheel] = []
    with tempfile.TemporaryDirectory(prefix="doodle_lock_") as name:
        wanted = [(requirement, target) for requirement in requirements().values() for target in TARGETS]
        for requirement, target in [(BACKEND, TARGETS[0]), *wanted]:
            folder = Path(name) / f"{len(chosen)}"
            command = [*pip, f"--dest={folder}", *target.pip_arguments, requirement]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            files = list(folder.glob("*.whl"))
            if done.returncode != 0 or len(files) != 1:
                if "No matching distribution found" not in done.stdout:
                    raise BuildError(f"downloading {requirement}: {done.stdout.strip().splitlines()[-1]}")
                print(f"build_addon: {target}: the index has no wheel of {requirement}", file=sys.stderr)
                continue
            chosen.append(Wheel.of(files[0]))
            WHEELS.mkdir(parents=True, exist_ok=True)
            shutil.move(files[0], WHEELS / files[0].name)
    return write_lock(chosen)


def fetch(wheels: Sequence[Wheel], folder: Path) -> list[Path]:
    """Where the wheels lie in `folder`, downloaded where they are missing. Each has its locked sha256."""
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-deps"]
    paths = [folder / wheel.file for wheel in wheels]
    for wheel, path in zip(wheels, paths, strict=True):
        if path.exists() and Wheel.of(path) == wheel:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        python, abi, tags = wheel.file.removesuffix(".whl").split("-")[-3:]
        # A wheel for any Python 3 is asked for by one that it surely runs on: plain "3" would mean 3.0.
        version = python.removeprefix("cp") if python.startswith("cp") else "3.11"
        arguments = ["--only-binary=:all:", f"--python-version={version}", f"--abi={abi}", "--implementation=cp"]
        arguments += [f"--platform={tag}" for tag in tags.split(".")]
        with tempfile.TemporaryDirectory(prefix="doodle_wheel_") as name:
            wanted = Path(name) / "requirements.txt"
            wanted.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
            run([*pip, *arguments, f"--dest={name}", f"--requirement={wanted}"], f"downloading {wheel.file}")
            found = list(Path(name).glob("*.whl"))
            if [one.name for one in found] != [wheel.file]:
                raise BuildError(f"downloading {wheel.file}: the index gave {[one.name for one in found]}")
            shutil.move(found[0], path)
    return paths


# --- The library's own wheel


def library_sources(folder: Path) -> None:
    """Copy what the library's wheel is made of: built in the checkout, it would take modules from an older build/."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("doodle_core", "weights"):
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_COPIED)
    # 3.9 MB that only torch reads, of the model for the melting look: without them every zip stays below LARGEST. ONNX
    # Runtime, which is in the zip, has that model's networks in its own format.
    (folder / "weights" / "mixer" / "weights.safetensors").unlink()


def library_wheel(folder: Path, backend: Path) -> Path:
    """Build the library's wheel into `folder` with the build backend in the wheel `backend`, without the network."""
    # pip hands its settings on to the environment it builds in; none of this machine may change what comes out.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with tempfile.TemporaryDirectory(prefix="doodle_core_") as name:
        sources, links, built = (Path(name) / part for part in ("sources", "links", "built"))
        sources.mkdir()
        links.mkdir()
        library_sources(sources)
        shutil.copy(backend, links)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", f"--find-links={links}"]
        run([*pip, f"--wheel-dir={built}", str(sources)], "building the wheel of doodle_core", env)
        (made,) = built.glob("*.whl")
        with zipfile.ZipFile(made) as unpacked:
            files = {entry: unpacked.read(entry) for entry in unpacked.namelist()}
    write_zip(folder / made.name, files)
    return folder / made.name


# --- The zip


def write_zip(path: Path, files: dict[str, bytes]) -> None:
    """A zip of `files`, content by name, whose bytes depend on nothing else; see the module's docstring."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, also where Windows builds
            entry.external_attr = 0o100644 << 16
            packed.writestr(entry, files[name])


def manifest(base: str, version: str, target: Target, wheels: Sequence[str]) -> str:
    """The manifest of the zip: `base` (blender_addon/blender_manifest.toml) with version, platform and wheels."""
    text, found = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', base)
    if found != 1:
        raise BuildError(f'{ADDON / "blender_manifest.toml"} must have exactly one line: version = "..."')
    lists = [] if target.platform == ANY else [f'platforms = ["{target.platform}"]']
    lists += ["wheels = [", *(f'  "./wheels/{wheel}",' for wheel in wheels), "]"]
    # Plain keys must come before the first table, or TOML takes them for its members.
    head, table, tail = text.partition("\n[")
    return head.rstrip() + "\n" + "\n".join(lists) + "\n" + table + tail


def contents(target: Target, wheels: Sequence[Path]) -> dict[str, bytes]:
    """What the zip holds, by name."""
    sources = [path for path in ADDON.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    files = {path.relative_to(ADDON).as_posix(): path.read_bytes() for path in sources}
    files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    files |= {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
    base = files["blender_manifest.toml"].decode("utf-8")
    names = sorted(wheel.name for wheel in wheels)
    files["blender_manifest.toml"] = manifest(base, __version__, target, names).encode("utf-8")
    return files


def blender_ext() -> Path:
    """Blender's own tool for extensions, from the bpy installed in this environment (which is not imported)."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise BuildError("bpy is not installed here: run `make build`, or pip install '.[blender]'")
    found = sorted(Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not found:
        raise BuildError(f"{Path(spec.origin).parent} has no blender_ext.py: is this bpy 4.5 or later?")
    return found[-1]


@dataclass(frozen=True)
class Built:
    """A zip that was made: for what, where, and the wheels inside."""

    target: Target
    path: Path
    wheels: tuple[Wheel, ...]

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size


def build(target: Target, output: Path, library: Path, locked: Sequence[Wheel], cache: Path = WHEELS) -> Built:
    """Build and validate the zip for `target` in the folder `output`. Raises BuildError."""
    wheels = [library, *fetch(wheels_of(target, locked), cache)]
    result = output / target.file_name(__version__)
    with tempfile.TemporaryDirectory(prefix="doodle_bridge_") as name:
        packed = Path(name) / result.name
        write_zip(packed, contents(target, wheels))
        run([sys.executable, str(blender_ext()), "validate", str(packed)], f"validating {result.name}")
        if packed.stat().st_size > LARGEST:
            raise BuildError(f"{result.name} has {packed.stat().st_size} bytes; the limit is {LARGEST}")
        output.mkdir(parents=True, exist_ok=True)
        shutil.move(packed, result)
    return Built(target, result, tuple(Wheel.of(wheel) for wheel in wheels))


# --- Tables


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def wheel_table(built: Sequence[Built]) -> str:
    """What is inside, as Markdown: a row for each wheel, with its versions and its least and greatest size."""
    rows = ["| wheel | version | size | why |", "|---|---|---|---|"]
    for name, why in REASONS.items():
        wheels = [wheel for one in built for wheel in one.wheels if wheel.name == name]
        if not wheels:
            continue
        versions = sorted({wheel.version for wheel in wheels})
        sizes = sorted({megabytes(wheel.bytes) for wheel in wheels}, key=lambda text: float(text.split()[0]))
        size = sizes[0] if len(sizes) == 1 else f"{sizes[0].split()[0]} to {sizes[-1]}"
        rows.append(f"| {name} | {', '.join(versions)} | {size} | {why} |")
    return "\n".join(rows)


def left_out_table() -> str:
    """What is not inside, as Markdown."""
    return "\n".join(["| not inside | why |", "|---|---|", *(f"| {name} | {why} |" for name, why in LEFT_OUT.items())])


def size_table(built: Sequence[Built]) -> str:
    """The zips and their sizes, as Markdown."""
    rows = ["| zip | size |", "|---|---|"]
    return "\n".join(rows + [f"| `{one.path.name}` | {megabytes(one.bytes)} |" for one in built])


def with_tables(text: str, tables: dict[str, str]) -> str:
    """A page with what stands between `<!-- NAME -->` and `<!-- end -->` exchanged for the table of that name."""
    for name, table in tables.items():
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not (start and end):
            raise BuildError(f"{PACKAGING} has no place for the table {name!r}")
        text = f"{before}{start}{table}\n{end}{after}"
    return text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = this_platform()
    parser.add_argument("--platform", choices=sorted(PLATFORM_TAGS), help=f"default: this machine's, {here}")
    python_help = "3.11 for Blender 4.5 and 5.0 (default), 3.13 for 5.1 and later"
    parser.add_argument("--python", choices=PYTHONS, default="3.11", help=python_help)
    parser.add_argument("--any", action="store_true", help="the zip without compiled wheels")
    parser.add_argument("--all", action="store_true", help="every zip; writes the tables of docs/packaging.md too")
    parser.add_argument("--lock", action="store_true", help="choose wheels anew and write wheels.lock")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the zips (default: dist)")
    options = parser.parse_args(arguments)
    if options.all:
        targets = [*TARGETS, Target(ANY, "")]
    elif options.any:
        targets = [Target(ANY, "")]
    else:
        name = options.platform or here
        if name not in PLATFORM_TAGS and not options.lock:
            parser.error(f"this machine ({here}) is none of Blender's: name one with --platform")
        targets = [Target(name, options.python)]
    try:
        if options.lock:
            LOCK.write_text(lock(), encoding="utf-8")
            print(LOCK)
            return 0
        built, problems = build_all(targets, options.output)
        print("\n\n".join((wheel_table(built), left_out_table(), size_table(built))) if built else "nothing was built")
        if options.all and not problems:
            tables = {"wheels": wheel_table(built), "left out": left_out_table(), "sizes": size_table(built)}
            PACKAGING.write_text(with_tables(PACKAGING.read_text(encoding="utf-8"), tables), encoding="utf-8")
    except BuildError as error:
        print(f"build_addon: {error}", file=sys.stderr)
        return 1
    print()
    for one in built:
        print(f"{hashlib.sha256(one.path.read_bytes()).hexdigest()}  {one.path}")
    for problem in problems:
        print(f"build_addon: {problem}", file=sys.stderr)
    return 1 if problems else 0


def build_all(targets: Sequence[Target], output: Path) -> tuple[list[Built], list[str]]:
    """Build the zips for all targets that there are wheels for; the others' lines come second."""
    locked = read_lock(LOCK.read_text(encoding="utf-8"))
    backend = [wheel for wheel in locked if wheel.name == BACKEND]
    if len(backend) != 1:
        raise BuildError(f"{LOCK} must name one wheel of {BACKEND}: run build_addon.py --lock")
    built, problems = [], []
    with tempfile.TemporaryDirectory(prefix="doodle_library_") as name:
        library = library_wheel(Path(name), fetch(backend, WHEELS)[0])
        for target in targets:
            try:
                built.append(build(target, output, library, locked))
            except NoWheelError as error:
                problems.append(str(error))
    return built, problems


if __name__ == "__main__":
    raise SystemExit(main())
