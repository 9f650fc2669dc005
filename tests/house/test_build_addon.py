"""What goes into an extension zip, without building one: names, tags, and a manifest that Blender can read."""

from __future__ import annotations

import os
import tomllib
import zipfile
from pathlib import Path

import pytest

import build_addon
from build_addon import ADDON, ANY, LOCK, TARGETS, BuildError, NoWheelError, Target, Wheel, distribution_name, manifest

BASE = (ADDON / "blender_manifest.toml").read_text(encoding="utf-8")
WHEELS = ["a-1.0-py3-none-any.whl", "b-2.0-cp311-cp311-win_amd64.whl"]
LOCKED = build_addon.read_lock(LOCK.read_text(encoding="utf-8"))


def test_the_manifest_is_completed_and_stays_whole() -> None:
    before = tomllib.loads(BASE)
    after = tomllib.loads(manifest(BASE, "1.2.3", Target("windows-x64", "3.11"), WHEELS))
    assert after["version"] == "1.2.3"
    assert after["platforms"] == ["windows-x64"]
    assert after["wheels"] == ["./wheels/a-1.0-py3-none-any.whl", "./wheels/b-2.0-cp311-cp311-win_amd64.whl"]
    for key in before.keys() - {"version"}:
        assert after[key] == before[key]  # the tables too: nothing slipped into one


def test_the_manifest_of_the_zip_for_any_python_names_no_platform() -> None:
    table = tomllib.loads(manifest(BASE, "1.2.3", Target(ANY, ""), WHEELS[:1]))
    assert "platforms" not in table and table["wheels"] == ["./wheels/a-1.0-py3-none-any.whl"]


def test_a_manifest_without_its_version_line_is_refused() -> None:
    with pytest.raises(BuildError, match="version"):
        manifest('id = "x"\n', "1.0.0", Target("linux-x64", "3.11"), [])


def test_the_base_manifest_keeps_blender_s_rules() -> None:
    base = tomllib.loads(BASE)
    assert base["id"] == "doodle_bridge" and base["blender_version_min"] == "4.5.0"
    assert len(base["tagline"]) <= 64 and not base["tagline"].endswith(".")
    assert "SPDX:GPL-3.0-or-later" in base["license"]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target("linux-x64", "3.11"), "doodle_bridge-0.2.0-linux-x64-py311.zip"),
        (Target("macos-arm64", "3.13"), "doodle_bridge-0.2.0-macos-arm64-py313.zip"),
        (Target(ANY, ""), "doodle_bridge-0.2.0-any.zip"),
    ],
)
def test_a_zip_is_named_by_platform_and_python(target: Target, name: str) -> None:
    assert target.file_name("0.2.0") == name


@pytest.mark.parametrize(
    ("requirement", "name"),
    [("imageio-ffmpeg>=0.5", "imageio-ffmpeg"), ("numpy", "numpy"), ("Py_PNG==1", "py-png"), ("a[b]<2", "a")],
)
def test_a_requirement_s_name(requirement: str, name: str) -> None:
    assert distribution_name(requirement) == name


def test_all_that_the_project_asks_for_is_inside_or_left_out_with_a_reason() -> None:
    asked = {distribution_name(line) for line in build_addon.project()["dependencies"]}
    assert asked <= set(build_addon.REASONS) | set(build_addon.LEFT_OUT)
    assert set(build_addon.requirements()) == set(build_addon.REASONS) - {"doodle-bridge"}
    assert not set(build_addon.REASONS) & set(build_addon.LEFT_OUT)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_the_lock_has_one_wheel_of_each_package_for_every_target(target: Target) -> None:
    wheels = build_addon.wheels_of(target, LOCKED)
    assert [wheel.name for wheel in wheels] == [*build_addon.requirements()]
    library = 13_000_000  # bytes of the one wheel that is built here, and of the add-on, rounded up: 12.1 million
    assert sum(wheel.bytes for wheel in wheels) + library < build_addon.LARGEST


def test_a_wheel_that_does_not_exist_is_named_and_the_plugin_for_gpus_is_done_without() -> None:
    target = Target("windows-arm64", "3.13")
    without = [wheel for wheel in LOCKED if wheel.name != "scipy" or "win_arm64" not in wheel.file]
    with pytest.raises(NoWheelError, match=r"windows-arm64, Python 3.13: no wheel of scipy in wheels.lock"):
        build_addon.wheels_of(target, without)
    assert len(build_addon.wheels_of(Target("windows-x64", "3.13"), without)) == len(build_addon.requirements())
    plain = [wheel for wheel in LOCKED if wheel.name != "onnxruntime-ep-webgpu"]
    assert "onnxruntime-ep-webgpu" not in {wheel.name for wheel in build_addon.wheels_of(target, plain)}


def test_a_lock_comes_back_as_it_was_written() -> None:
    assert build_addon.read_lock(build_addon.write_lock(reversed(LOCKED))) == LOCKED


@pytest.mark.parametrize(
    ("file", "fitting"),
    [
        ("a-1-py3-none-any.whl", ["linux-x64 3.11", "linux-x64 3.13", "macos-arm64 3.11", "any "]),
        ("a-1-py2.py3-none-any.whl", ["linux-x64 3.11", "linux-x64 3.13", "macos-arm64 3.11", "any "]),
        ("a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", ["linux-x64 3.11"]),
        ("a-1-cp311-cp311-manylinux_2_28_aarch64.whl", []),
        ("a-1-cp313-cp313t-manylinux_2_28_x86_64.whl", []),
        ("a-1-py3-none-macosx_14_0_universal2.whl", ["macos-arm64 3.11"]),
        ("a-1-py2-none-any.whl", []),
    ],
)
def test_a_wheel_s_name_tells_what_it_fits(file: str, fitting: list[str]) -> None:
    targets = (Target("linux-x64", "3.11"), Target("linux-x64", "3.13"), Target("macos-arm64", "3.11"), Target(ANY, ""))
    found = [target for target in targets if Wheel(file, 1, "").fits(target)]
    assert [f"{target.platform} {target.python}" for target in found] == fitting


def test_a_zip_depends_on_nothing_but_its_contents(tmp_path: Path) -> None:
    files = {"b/c.py": b"1", "a.txt": b"words " * 1000}
    old = os.umask(0o077)
    try:
        build_addon.write_zip(tmp_path / "one.zip", files)
    finally:
        os.umask(old)
    build_addon.write_zip(tmp_path / "two.zip", dict(reversed(files.items())))
    one = (tmp_path / "one.zip").read_bytes()
    assert one == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == files
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in packed.infolist())
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}


def test_the_zip_holds_the_sources_and_nothing_that_running_them_leaves() -> None:
    files = build_addon.contents(Target(ANY, ""), [])
    assert {"__init__.py", "blender_manifest.toml", "LICENSE", "operators/timing.py"} <= files.keys()
    assert not [
        name
        for name in files
        if "__pycache__" in name or Path(name).name.startswith(("test_", ".")) or name.endswith(".pyc")
    ]


def test_a_page_s_tables_are_exchanged_and_the_words_between_stay() -> None:
    page = "a\n<!-- one -->\n<!-- end -->\nb\n<!-- two -->\nold\n<!-- end -->\n"
    written = build_addon.with_tables(page, {"one": "|1|", "two": "|2|"})
    assert written == "a\n<!-- one -->\n|1|\n<!-- end -->\nb\n<!-- two -->\n|2|\n<!-- end -->\n"
    assert build_addon.with_tables(written, {"one": "|1|", "two": "|2|"}) == written
    with pytest.raises(BuildError, match="three"):
        build_addon.with_tables(page, {"three": ""})


def test_blender_s_own_tool_is_found() -> None:
    assert build_addon.blender_ext().name == "blender_ext.py"


def test_a_missing_platform_is_an_argument_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        build_addon.main(["--platform", "amiga"])
    assert leaving.value.code == 2 and "amiga" in capsys.readouterr().err
