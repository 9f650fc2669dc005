"""Nothing is written outside the folder that was named, and nothing that stands there is followed elsewhere."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle_core.cli import main
from doodle_core.sequence import picture_path, whole_file, write_exr, write_gif, write_mp4, write_png

PICTURE = np.full((16, 16), 200, np.uint8)
WRITERS: dict[str, Callable[[Path], Path]] = {
    "a.png": lambda path: write_png(path, PICTURE),
    "a.gif": lambda path: write_gif(path, [PICTURE]),
    "a.mp4": lambda path: write_mp4(path, [PICTURE]),
    "a.exr": lambda path: write_exr(path, np.zeros((16, 16, 4), np.float32)),
}


@pytest.fixture
def doodles(tmp_path: Path) -> list[str]:
    paths = []
    for number in range(2):
        image = Image.new("L", (64, 64), 255)
        ImageDraw.Draw(image).line((9, 9 + 30 * number, 50, 50), fill=0, width=5)
        paths.append(tmp_path / f"in{number}.png")
        image.save(paths[-1])
    return [str(path) for path in paths]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", WRITERS)
def test_a_link_in_a_files_place_is_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "out" / name).symlink_to(tmp_path / "precious")
    written = WRITERS[name](tmp_path / "out" / name)
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not written.is_symlink() and written.stat().st_size > 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "precious"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", WRITERS)
def test_a_link_under_the_temporary_name_is_not_followed(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where its name were guessed: it is made anew or not at all."""
    monkeypatch.setattr("secrets.token_hex", lambda count: "0" * (2 * count))
    with whole_file(tmp_path / "out" / name) as temporary:
        (tmp_path / "out" / name).write_bytes(b"old")
        temporary.write_bytes(b"old")
    (tmp_path / "precious").write_bytes(b"mine")
    temporary.symlink_to(tmp_path / "precious")
    with pytest.raises(ValueError, match="exists"):
        WRITERS[name](tmp_path / "out" / name)
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert (tmp_path / "out" / name).read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_sequence_over_links_stays_in_its_folder(tmp_path: Path, doodles: list[str]) -> None:
    out, precious = tmp_path / "out", tmp_path / "precious.png"
    out.mkdir()
    precious.write_bytes(b"mine")
    for number in range(1, 5):
        picture_path(out, number).symlink_to(precious)
    assert main(["animate", *doodles, "-o", str(out), "--frames-between", "2", "--size", "32"]) == 0
    assert precious.read_bytes() == b"mine"
    assert all(path.is_file() and not path.is_symlink() for path in out.iterdir())


def test_names_in_an_archive_lead_nowhere(tmp_path: Path, doodles: list[str]) -> None:
    keys = tmp_path / "in" / "keys.npz"
    assert main(["encode", *doodles, "-o", str(keys)]) == 0
    buffer = io.BytesIO()
    with zipfile.ZipFile(keys) as stored, zipfile.ZipFile(buffer, "w") as archive:
        for name in stored.namelist():
            archive.writestr(name, stored.read(name))
        body = stored.read("times.npy")
        for name in ("../up.npy", f"{tmp_path}/root.npy", "..\\..\\back.npy", "C:\\root.npy"):
            archive.writestr(name, body)
    keys.write_bytes(buffer.getvalue())
    before = set(tmp_path.rglob("*"))
    assert main(["decode", str(keys), "--at", "0.5", "-o", str(tmp_path / "out"), "--size", "32"]) == 0
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "out", tmp_path / "out" / "0001.png"}
