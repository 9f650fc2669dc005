"""The command line, run as users run it, on pictures drawn here."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle_core import cli, engines, interpolation, raster
from doodle_core.cli import main
from doodle_core.drawing import Drawing, from_bytes
from doodle_core.model import weights_folder
from doodle_core.sequence import read_picture, write_png

ROOT = Path(__file__).resolve().parents[2]
SIZE = 96


def arrow(turn: int, size: int = SIZE) -> Image.Image:
    """Grey, dark on light, anti-aliased: an arrow, turned."""
    image = Image.new("L", (4 * size, 4 * size), 255)
    draw = ImageDraw.Draw(image)
    for line in (((0.2, 0.5), (0.8, 0.5)), ((0.6, 0.3), (0.8, 0.5), (0.6, 0.7))):
        draw.line([(4 * size * x, 4 * size * y) for x, y in line], fill=0, width=size // 5)
    return image.rotate(turn, fillcolor=255).resize((size, size), Image.Resampling.BOX)


def light(image: Image.Image) -> Image.Image:
    return Image.eval(image, lambda level: 255 - level)


def transparent(image: Image.Image, colour: tuple[int, int, int] = (0, 0, 0)) -> Image.Image:
    """Ink of a colour on nothing."""
    pixels = np.zeros((*np.asarray(image).shape, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = 255 - np.asarray(image)
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{turn}.png" for turn in (0, 40, 80)]
    for path in paths:
        arrow(int(path.stem)).save(path)
    return [str(path) for path in paths]


def doodle(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`python -m doodle_core`, as another program."""
    command = [sys.executable, "-m", "doodle_core", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def grey(path: Path) -> np.ndarray:
    pixels = read_picture(path)
    assert pixels.ndim == 2
    assert pixels.dtype == np.uint8
    return pixels


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def numbered(count: int) -> list[str]:
    return [f"{number:04d}.png" for number in range(1, count + 1)]


def refused(capfd: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that a mistake ends with."""
    capfd.readouterr()
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        assert isinstance(leaving.code, int)
        status = leaving.code
    said = capfd.readouterr()
    assert status == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("doodle: ")
    assert "Traceback" not in said.err
    return said.err


# What the command promises


def test_help_is_quick() -> None:
    heavy = "('numpy', 'PIL', 'scipy', 'onnxruntime')"
    code = (
        f"import sys, doodle_core.cli as c; c._parser().format_help(); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_choices_are_those_of_the_library() -> None:
    assert cli.METHODS == interpolation.METHODS
    assert (cli.ENGINES, cli.DEVICES) == (engines.ENGINES, engines.DEVICES)


def test_animate_as_a_program(pictures: list[str], tmp_path: Path) -> None:
    done = doodle("animate", *pictures, "-o", tmp_path / "out", "--frames-between", 2, "--size", SIZE)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path / "out") == numbered(7)  # (K - 1) * (N + 1) + 1
    for number, path in zip((1, 4, 7), pictures, strict=True):
        assert np.array_equal(grey(tmp_path / "out" / f"{number:04d}.png"), read_picture(path))
    for number in (2, 3, 5, 6):
        between = grey(tmp_path / "out" / f"{number:04d}.png")
        assert between.shape == (SIZE, SIZE)
        assert np.median(between) == 255  # paper


def test_defaults(pictures: list[str], tmp_path: Path) -> None:
    assert main(["animate", *pictures[:2], "-o", str(tmp_path / "out")]) == 0
    assert names(tmp_path / "out") == numbered(13)  # eleven between
    assert grey(tmp_path / "out" / "0013.png").shape == (512, 512)


@pytest.mark.parametrize(("count", "frames", "loop", "wanted"), [(1, 3, False, 1), (1, 3, True, 4), (3, 0, False, 3)])
def test_counts(pictures: list[str], tmp_path: Path, count: int, frames: int, loop: bool, wanted: int) -> None:
    flags = ["--frames-between", str(frames), "--size", "32", *(["--loop"] if loop else [])]
    assert main(["animate", *pictures[:count], "-o", str(tmp_path), *flags]) == 0
    assert names(tmp_path) == numbered(wanted)


def test_loop_closes_and_does_not_repeat_the_first(pictures: list[str], tmp_path: Path) -> None:
    flags = ["--frames-between", "3", "--size", str(SIZE), "--loop", "--method", "cubic"]
    assert main(["animate", *pictures, "-o", str(tmp_path), *flags]) == 0
    assert names(tmp_path) == numbered(12)  # K * (N + 1)
    for number, path in zip((1, 5, 9), pictures, strict=True):
        assert np.array_equal(grey(tmp_path / f"{number:04d}.png"), read_picture(path))
    inks = [raster.ink(raster.from_pixels(grey(tmp_path / name), "dark"), 64) for name in ("0001.png", "0012.png")]
    assert not np.array_equal(*inks)


@pytest.mark.parametrize("method", interpolation.METHODS)
def test_every_method_runs(pictures: list[str], tmp_path: Path, method: str) -> None:
    flags = ["--frames-between", "1", "--size", "64", "--method", method, "--sigma", "0.3", "--seed", "7"]
    assert main(["animate", *pictures, "-o", str(tmp_path), *flags]) == 0
    assert len(names(tmp_path)) == 5


def test_seed_and_sigma_change_the_drawings_between_only(pictures: list[str], tmp_path: Path) -> None:
    for name, flags in (("a", []), ("b", ["--sigma", "0.8"]), ("c", ["--sigma", "0.8", "--seed", "5"]), ("d", [])):
        out = ["-o", str(tmp_path / name), "--frames-between", "1", "--size", "64"]
        assert main(["animate", *pictures[:2], *out, *flags]) == 0
    first, middle = ([grey(tmp_path / name / file) for name in "abcd"] for file in ("0001.png", "0002.png"))
    assert all(np.array_equal(first[0], other) for other in first)
    assert np.array_equal(middle[0], middle[3])
    assert not np.array_equal(middle[0], middle[1])
    assert not np.array_equal(middle[1], middle[2])


def animated(folder: Path, pictures: list[str], *flags: object) -> list[np.ndarray]:
    """Nine pictures of a way with two keys."""
    told = ["--frames-between", "7", "--size", "64", *map(str, flags)]
    assert main(["animate", *pictures[:2], "-o", str(folder), *told]) == 0
    return [grey(folder / name) for name in numbered(9)]


def test_boil_shakes_keys_too_and_is_held_on_twos(pictures: list[str], tmp_path: Path) -> None:
    for name, flags, step in (("a", [], 2), ("b", ["--on", 3], 3), ("c", ["--on", 1], 1)):
        still = animated(tmp_path / f"{name} still", pictures, "--method", "hold")
        found = animated(tmp_path / name, pictures, "--method", "hold", "--boil", 0.4, *flags)
        for number in range(8):
            assert not np.array_equal(found[number], still[number])
            if number:
                same = number // step == (number - 1) // step
                assert np.array_equal(found[number], found[number - 1]) == same
    assert not np.array_equal(found[8], still[8])
    other = animated(tmp_path / "seed", pictures, "--method", "hold", "--boil", 0.4, "--on", 1, "--seed", 4)
    assert not np.array_equal(other[0], found[0])


def test_on_holds_sigma_and_nothing_else(pictures: list[str], tmp_path: Path) -> None:
    plain = animated(tmp_path / "a", pictures)
    on = animated(tmp_path / "b", pictures, "--on", 2)
    flowing = animated(tmp_path / "c", pictures, "--sigma", 0.5)
    held = animated(tmp_path / "d", pictures, "--sigma", 0.5, "--on", 2)
    boiling = animated(tmp_path / "e", pictures, "--sigma", 0.5, "--boil", 1e-4)
    for number in range(9):
        assert np.array_equal(on[number], plain[number])
        key = number in (0, 8)
        assert np.array_equal(held[number], plain[number]) == key
        assert np.array_equal(held[number], flowing[number]) == key
        # Without --on, boil leaves sigma flowing.
        assert np.abs(boiling[number].astype(int) - flowing[number]).mean() < 1


def test_a_boiling_loop_is_the_same_every_time(pictures: list[str], tmp_path: Path) -> None:
    flags = ["--frames-between", "2", "--size", "64", "--loop", "--boil", "0.3", "--on", "4"]
    for name in "ab":
        assert main(["animate", *pictures, "-o", str(tmp_path / name), *flags]) == 0
    assert names(tmp_path / "a") == numbered(9)
    for name in numbered(9):
        assert np.array_equal(grey(tmp_path / "a" / name), grey(tmp_path / "b" / name))


@pytest.mark.parametrize("flags", [["--boil", "-1"], ["--boil", "nan"], ["--on", "0"], ["--on", "1.5"]])
def test_impossible_boils_are_refused(
    pictures: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    line = refused(capfd, "animate", *pictures, "-o", tmp_path / "out", *flags)
    assert flags[0] in line
    assert not (tmp_path / "out").exists()


# Polarity, modes, sheets


@pytest.mark.parametrize(
    ("kind", "dark"),
    [
        ("L", True),
        ("RGB", True),
        ("1", True),
        ("P", True),
        ("16", True),
        ("light", False),
        ("light RGB", False),
        ("black on nothing", True),
        ("white on nothing", False),
        ("jpeg", True),
    ],
)
def test_ink_keeps_the_polarity_of_the_input(tmp_path: Path, kind: str, dark: bool) -> None:
    plain = arrow(20)
    path = tmp_path / ("a.jpg" if kind == "jpeg" else "a.png")
    if kind == "16":
        write_png(path, np.asarray(plain).astype(np.uint16) * 257)
    elif kind == "jpeg":
        plain.save(path, quality=98)
    else:
        {
            "light": lambda: light(plain),
            "light RGB": lambda: light(plain).convert("RGB"),
            "black on nothing": lambda: transparent(plain),
            "white on nothing": lambda: transparent(plain, (255, 255, 255)),
        }.get(kind, lambda: plain.convert(kind))().save(path)
    assert main(["animate", str(path), "-o", str(tmp_path / "out"), "--size", str(SIZE)]) == 0
    wanted = np.asarray(plain.convert("1").convert("L") if kind == "1" else plain).astype(int)
    found = grey(tmp_path / "out" / "0001.png").astype(int)
    assert np.abs(found - (wanted if dark else 255 - wanted)).max() <= (12 if kind == "jpeg" else 1)


def test_mixed_polarities_are_read_each_in_its_own_and_written_in_the_first(tmp_path: Path) -> None:
    arrow(0).save(tmp_path / "dark.png")
    light(arrow(40)).save(tmp_path / "light.png")
    flags = ["--size", str(SIZE), "--frames-between", "0"]
    for first, second in (("dark", "light"), ("light", "dark")):
        out = tmp_path / first
        assert main(["animate", *(str(tmp_path / f"{n}.png") for n in (first, second)), "-o", str(out), *flags]) == 0
        turns = {"dark": arrow(0), "light": arrow(40)}
        for number, name in ((1, first), (2, second)):
            wanted = turns[name] if first == "dark" else light(turns[name])
            assert np.array_equal(grey(out / f"{number:04d}.png"), np.asarray(wanted))


def test_ink_flag_overrules(tmp_path: Path) -> None:
    """A picture that is mostly ink: auto takes its border for paper, the flag knows better."""
    picture = np.zeros((SIZE, SIZE), np.uint8)
    picture[30:60, 30:60] = 255
    write_png(tmp_path / "a.png", picture)
    flags = ["--size", str(SIZE), "--rgba"]
    for ink, centre in (("auto", 255), ("dark", 0), ("light", 255)):
        assert main(["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / ink), *flags, "--ink", ink]) == 0
        assert read_picture(tmp_path / ink / "0001.png")[45, 45, 3] == centre


def test_large_scan_is_read_in_the_polarity_of_its_thinned_copy(tmp_path: Path) -> None:
    light(arrow(10, 1400)).save(tmp_path / "a.png")
    assert main(["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), "--size", "64"]) == 0
    assert grey(tmp_path / "out" / "0001.png")[0, 0] == 0


@pytest.mark.parametrize("dark", [True, False])
def test_rgba_is_ink_on_nothing(tmp_path: Path, dark: bool) -> None:
    plain = arrow(20)
    (plain if dark else light(plain)).save(tmp_path / "a.png")
    assert main(["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), "--size", str(SIZE), "--rgba"]) == 0
    pixels = read_picture(tmp_path / "out" / "0001.png")
    assert pixels.shape == (SIZE, SIZE, 4)
    assert np.unique(pixels[..., :3]).tolist() == [0 if dark else 255]
    assert np.array_equal(pixels[..., 3], 255 - np.asarray(plain))


def test_oblong_picture_stands_in_the_middle_of_paper(tmp_path: Path) -> None:
    arrow(0, 64).crop((0, 16, 64, 48)).save(tmp_path / "a.png")
    assert main(["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), "--size", "64"]) == 0
    found = grey(tmp_path / "out" / "0001.png")
    assert np.array_equal(found[16:48], np.asarray(arrow(0, 64))[16:48])
    assert found[:15].min() == found[49:].min() == 255


def test_sheet_is_cut_row_by_row(tmp_path: Path) -> None:
    sheet = Image.new("L", (2 * SIZE, 2 * SIZE))
    for number, turn in enumerate((0, 30, 60, 90)):
        sheet.paste(arrow(turn), (number % 2 * SIZE, number // 2 * SIZE))
    sheet.save(tmp_path / "sheet.png")
    flags = ["--sheet", "2x2", "--size", str(SIZE), "--frames-between", "0"]
    assert main(["animate", str(tmp_path / "sheet.png"), "-o", str(tmp_path / "out"), *flags]) == 0
    for number, turn in enumerate((0, 30, 60, 90), 1):
        assert np.array_equal(grey(tmp_path / "out" / f"{number:04d}.png"), np.asarray(arrow(turn)))


def sheet_of(cells: list[Image.Image | None], columns: int, paper: int = 255) -> Image.Image:
    """Cells of SIZE pixels, None for blank ones, row by row."""
    rows = -(-len(cells) // columns)
    sheet = Image.new("L", (columns * SIZE, rows * SIZE), paper)
    for number, cell in enumerate(cells):
        if cell is not None:
            sheet.paste(cell, (number % columns * SIZE, number // columns * SIZE))
    return sheet


def test_blank_cells_are_skipped_and_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, second, third = arrow(0), arrow(45), arrow(90)
    sheet_of([first, None, second, None], 2).save(tmp_path / "a.png")
    sheet_of([None, third, None, None], 2).save(tmp_path / "b.png")
    sheet_of([third, None, first, second], 2).save(tmp_path / "c.png")
    sheets = [str(tmp_path / f"{name}.png") for name in "abc"]
    flags = ["--sheet", "2x2", "--size", str(SIZE), "--frames-between", "0"]
    assert main(["animate", *sheets, "-o", str(tmp_path / "out"), *flags]) == 0
    said = capfd.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[:3] == [
        f"{sheets[0]}: cells 2, 4 are blank: skipped",
        f"{sheets[1]}: cells 1, 3, 4 are blank: skipped",
        f"{sheets[2]}: cell 2 is blank: skipped",
    ]
    assert len(lines) == 4 and "6 pictures" in lines[3]
    wanted = [first, second, third, third, first, second]
    assert names(tmp_path / "out") == numbered(6)
    for number, image in enumerate(wanted, 1):
        assert np.array_equal(grey(tmp_path / "out" / f"{number:04d}.png"), np.asarray(image))
    assert main(["encode", *sheets, "-o", str(tmp_path / "k.npz"), "--sheet", "2x2"]) == 0
    assert capfd.readouterr().out.splitlines()[:3] == lines[:3]
    with np.load(tmp_path / "k.npz") as stored:
        assert len(stored["times"]) == 6


def test_paper_that_a_scanner_has_left_marks_on_is_blank_and_a_pale_line_is_not(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(240, 256, (SIZE, SIZE), np.uint8)
    pale = Image.eval(arrow(30), lambda level: 255 - (255 - level) // 8)
    sheet_of([arrow(0), Image.fromarray(noise), pale], 3).save(tmp_path / "a.png")
    flags = ["--sheet", "3x1", "--size", str(SIZE), "--frames-between", "0"]
    assert main(["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), *flags]) == 0
    assert names(tmp_path / "out") == numbered(2)
    assert np.array_equal(grey(tmp_path / "out" / "0002.png"), np.asarray(pale))


# Colours

RED, BLUE, ORANGE, YELLOW = (200, 30, 40), (20, 60, 220), (255, 150, 20), (255, 230, 0)


def in_colour(image: Image.Image, colour: tuple[int, int, int], paper: int = 255) -> Image.Image:
    """Dark ink on light paper in another colour, on another paper."""
    share = 1 - np.asarray(image)[..., None] / 255
    return Image.fromarray(np.rint(share * colour + (1 - share) * paper).astype(np.uint8))


def over(pixels: np.ndarray, paper: int) -> np.ndarray:
    """Straight RGBA laid on paper, as picture programs do it."""
    alpha = pixels[..., 3:] / 255
    return alpha * pixels[..., :3] + (1 - alpha) * paper


def luma(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722])


def colourful() -> Image.Image:
    """Lines and areas, beside and over each other, anti-aliased, on white paper."""
    image = Image.new("RGB", (4 * SIZE, 4 * SIZE), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 60, 250, 260), fill=YELLOW, outline="black", width=9)
    draw.rectangle((180, 170, 330, 330), fill=BLUE)
    draw.line((30, 340, 350, 30), fill=RED, width=17)
    draw.line((20, 20, 360, 120), fill=(120, 200, 130), width=11)
    draw.line((60, 300, 160, 360), fill=(255, 214, 220), width=14)
    return image.resize((SIZE, SIZE), Image.Resampling.BOX)


@pytest.mark.parametrize("paper", [255, 0])
def test_at_a_key_the_pictures_own_colours_come_back(tmp_path: Path, paper: int) -> None:
    drawn = colourful() if paper else Image.eval(colourful(), lambda level: 255 - level)
    drawn.save(tmp_path / "a.png")
    in_colour(arrow(0), RED, paper).save(tmp_path / "b.png")
    flags = ["--size", str(SIZE), "--frames-between", "1"]
    for name, more in (("rgba", ["--rgba"]), ("grey", [])):
        command = ["animate", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "-o", str(tmp_path / name)]
        assert main([*command, *flags, *more]) == 0
    for number, image in ((1, drawn), (3, in_colour(arrow(0), RED, paper))):
        pixels = read_picture(tmp_path / "rgba" / f"{number:04d}.png")
        assert np.abs(over(pixels, paper) - np.asarray(image)).max() <= 1
        # Without --rgba a picture in colour is what it is in grey.
        levels = grey(tmp_path / "grey" / f"{number:04d}.png")
        assert np.abs(levels - luma(np.asarray(image))).max() <= 1


def test_a_line_in_colour_is_of_that_colour_up_to_its_edge_and_between_the_keys(tmp_path: Path) -> None:
    for number, turn in enumerate((0, 30)):
        in_colour(arrow(turn), (255, 0, 0)).save(tmp_path / f"{number}.png")
    paths = [str(tmp_path / f"{number}.png") for number in range(2)]
    flags = ["--size", str(SIZE), "--frames-between", "1", "--rgba"]
    assert main(["animate", *paths, "-o", str(tmp_path / "out"), *flags]) == 0
    for number in (1, 2, 3):
        pixels = read_picture(tmp_path / "out" / f"{number:04d}.png")
        inked = pixels[..., 3] > 0
        assert (pixels[inked, :3] == (255, 0, 0)).all()
        assert pixels[..., 3].max() == 255
    assert np.array_equal(read_picture(tmp_path / "out" / "0001.png")[..., 3], 255 - np.asarray(arrow(0)))


def test_a_line_between_two_colours_is_of_a_colour_between(tmp_path: Path) -> None:
    in_colour(arrow(0), (255, 0, 0)).save(tmp_path / "0.png")
    in_colour(arrow(30), (0, 0, 255)).save(tmp_path / "1.png")
    flags = ["--size", str(SIZE), "--frames-between", "1", "--rgba"]
    paths = [str(tmp_path / f"{number}.png") for number in range(2)]
    assert main(["animate", *paths, "-o", str(tmp_path / "out"), *flags]) == 0
    pixels = read_picture(tmp_path / "out" / "0002.png")
    full = pixels[pixels[..., 3] > 250, :3].astype(float)
    # Half of red's light and half of blue's.
    assert len(full) and np.abs(np.median(full, axis=0) - (188, 0, 188)).max() <= 3


@pytest.mark.parametrize("colour", [RED, YELLOW, (0, 255, 0)])
def test_ink_in_a_colour_on_nothing(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    transparent(arrow(20), colour).save(tmp_path / "a.png")
    for name, more in (("rgba", ["--rgba"]), ("grey", [])):
        command = ["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / name), "--size", str(SIZE)]
        assert main([*command, *more]) == 0
    pixels = read_picture(tmp_path / "rgba" / "0001.png")
    assert np.array_equal(pixels[..., 3], 255 - np.asarray(arrow(20)))
    assert (pixels[pixels[..., 3] > 0, :3] == colour).all()
    # In grey it is ink, however pale its colour: there is no paper that it was seen on.
    wanted = np.asarray(arrow(20))
    assert np.array_equal(grey(tmp_path / "grey" / "0001.png"), 255 - wanted if np.mean(colour) > 127 else wanted)


def test_grey_drawings_have_no_colour_beside_coloured_ones(tmp_path: Path) -> None:
    arrow(0).save(tmp_path / "0.png")
    in_colour(arrow(30), RED).save(tmp_path / "1.png")
    flags = ["--size", str(SIZE), "--frames-between", "1", "--rgba"]
    paths = [str(tmp_path / f"{number}.png") for number in range(2)]
    assert main(["animate", *paths, "-o", str(tmp_path / "out"), *flags]) == 0
    first = read_picture(tmp_path / "out" / "0001.png")
    assert not first[..., :3].any() and np.array_equal(first[..., 3], 255 - np.asarray(arrow(0)))
    last = read_picture(tmp_path / "out" / "0003.png")
    assert np.abs(over(last, 255) - np.asarray(in_colour(arrow(30), RED))).max() <= 1


def test_colours_go_through_a_file_of_keys(tmp_path: Path) -> None:
    in_colour(arrow(0), ORANGE).save(tmp_path / "0.png")
    in_colour(arrow(30), BLUE).save(tmp_path / "1.png")
    paths = [str(tmp_path / f"{number}.png") for number in range(2)]
    assert main(["encode", *paths, "-o", str(tmp_path / "k.npz")]) == 0
    for name, more in (("rgba", ["--rgba"]), ("grey", [])):
        one, other = tmp_path / f"{name} animated", tmp_path / f"{name} decoded"
        flags = ["--size", str(SIZE), *more]
        assert main(["animate", *paths, "-o", str(one), "--frames-between", "1", *flags]) == 0
        assert main(["decode", str(tmp_path / "k.npz"), "--at", "0", "0.5", "1", "-o", str(other), *flags]) == 0
        for file in numbered(3):
            assert np.abs(read_picture(one / file).astype(int) - read_picture(other / file)).max() <= 1


def test_coloured_pictures_in_a_film_are_grey(tmp_path: Path) -> None:
    colourful().save(tmp_path / "a.png")
    path = tmp_path / "film.gif"
    assert main(["animate", str(tmp_path / "a.png"), "-o", str(path), "--size", str(SIZE)]) == 0
    with Image.open(path) as film:
        assert np.abs(np.asarray(film.convert("L")) - luma(np.asarray(colourful()))).max() <= 1


@pytest.mark.parametrize("paper", [255, 0])
def test_a_dense_model_draws_coloured_pictures_in_grey(tmp_path: Path, paper: int) -> None:
    drawn = colourful() if paper else Image.eval(colourful(), lambda level: 255 - level)
    drawn.save(tmp_path / "a.png")
    flags = ["--size", str(SIZE), "--model", "mixer"]
    for name, more in (("rgba", ["--rgba"]), ("grey", [])):
        assert main(["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / name), *flags, *more]) == 0
    levels = grey(tmp_path / "grey" / "0001.png")
    assert np.abs(levels - luma(np.asarray(drawn))).max() <= 1.5
    pixels = read_picture(tmp_path / "rgba" / "0001.png")
    assert (pixels[..., :3] == 255 - paper).all()
    assert np.array_equal(pixels[..., 3], 255 - levels if paper else levels)


# Films


def test_gif(pictures: list[str], tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    flags = ["--frames-between", "4", "--size", str(SIZE), "--method", "hold", "--fps", "25"]
    assert main(["animate", *pictures, "-o", str(path), *flags]) == 0
    with Image.open(path) as film:
        assert (film.n_frames, film.size, film.info["loop"], film.info["duration"]) == (11, (SIZE, SIZE), 0, 40)
        assert np.array_equal(np.asarray(film.convert("L")), read_picture(pictures[0]))
    assert names(tmp_path) == ["film.gif"]


def test_mp4(pictures: list[str], tmp_path: Path) -> None:
    path = tmp_path / "FILM.MP4"
    assert main(["animate", *pictures, "-o", str(path), "--frames-between", "4", "--size", "65"]) == 0
    assert imageio_ffmpeg.count_frames_and_secs(str(path))[0] == 11
    about = next(imageio_ffmpeg.read_frames(str(path)))
    assert (about["size"], about["fps"], about["codec"]) == ((66, 66), 12.0, "h264")
    assert names(tmp_path) == ["FILM.MP4"]


# encode, decode, info


@pytest.fixture(scope="module")
def keys(pictures: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.npz"
    assert main(["encode", *pictures, "-o", str(path)]) == 0
    return path


def test_decode_gives_what_animate_gives(pictures: list[str], keys: Path, tmp_path: Path) -> None:
    walk = ["--size", str(SIZE), "--sigma", "0.4", "--seed", "3"]
    assert main(["animate", *pictures, "-o", str(tmp_path / "a"), "--frames-between", "1", *walk]) == 0
    assert main(["decode", str(keys), "--at", "0.5", "2", "1.5", "-o", str(tmp_path / "b"), *walk]) == 0
    assert names(tmp_path / "b") == numbered(3)
    for ours, theirs in ((1, 2), (2, 5), (3, 4)):
        one, other = grey(tmp_path / "b" / f"{ours:04d}.png"), grey(tmp_path / "a" / f"{theirs:04d}.png")
        assert np.abs(one.astype(int) - other).max() <= 1


def test_keys_hold_no_pickle_and_name_their_model(keys: Path, pictures: list[str]) -> None:
    with np.load(keys, allow_pickle=False) as stored:
        assert stored["latents"].dtype == np.uint8
        lengths = stored["latent_lengths"].tolist()
        ends = np.cumsum(lengths)
        assert len(lengths) == len(pictures)
        for end, length in zip(ends, lengths, strict=True):  # lines that were read of the pictures
            latent = from_bytes(stored["latents"][end - length : end].tobytes())
            assert isinstance(latent, Drawing) and len(latent) > 0
        assert str(stored["model"]) == json.loads((weights_folder() / "card.json").read_text())["id"]
        assert stored["times"].tolist() == [0, 1, 2]


def test_keys_remember_the_polarity(tmp_path: Path) -> None:
    light(arrow(0)).save(tmp_path / "a.png")
    assert main(["encode", str(tmp_path / "a.png"), "-o", str(tmp_path / "k.npz")]) == 0
    assert main(["decode", str(tmp_path / "k.npz"), "--at", "0", "-o", str(tmp_path), "--size", str(SIZE)]) == 0
    assert np.array_equal(grey(tmp_path / "0001.png"), np.asarray(light(arrow(0))))


def test_decode_a_loop(keys: Path, tmp_path: Path) -> None:
    flags = ["--loop", "--size", str(SIZE)]
    assert main(["decode", str(keys), "--at", "0", "2.5", "3", "-o", str(tmp_path), *flags]) == 0
    assert np.array_equal(grey(tmp_path / "0001.png"), grey(tmp_path / "0003.png"))


def changed(keys: Path, path: Path, **parts: object) -> Path:
    with np.load(keys) as stored:
        table = {name: stored[name] for name in stored.files} | parts
    np.savez(path, **{name: value for name, value in table.items() if value is not None})
    return path


def test_keys_of_another_model_are_refused(keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = changed(keys, tmp_path / "k.npz", model=np.array("0123456789abcdef"))
    said = refused(capfd, "decode", path, "--at", 0, "-o", tmp_path / "out")
    assert "0123456789abcdef" in said
    assert str(path) in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "parts",
    [
        {"latents": None},
        {"latents": np.zeros((0, 64), np.float32)},
        {"latents": np.zeros((3, 64), np.float32)},
        {"latents": np.array([object()], object)},
        {"latent_lengths": np.zeros(3, np.int64)},
        {"latents": np.zeros(0, np.uint8), "latent_lengths": np.zeros(3, np.int64)},  # pictures are no latents
        {"latents": np.zeros((3, 64), np.float32), "latent_lengths": None},  # of another kind of model
        {"laid": None},
        {"laid": np.zeros(3, bool)},
        {"times": np.array([0.0, 2.0, 1.0])},
        {"times": np.array([0.0, np.nan, 1.0])},
        {"times": np.array([-1e308, 0.0, 1e308])},
        {"lengths": np.array([1 << 62, 1 << 62, -1 << 63])},
        {"lengths": np.array([3, 4, 5])},
        {"polarity": np.array("upside down")},
    ],
)
def test_damaged_keys_are_refused(
    keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], parts: dict[str, object]
) -> None:
    path = changed(keys, tmp_path / "k.npz", **parts)
    assert str(path) in refused(capfd, "decode", path, "--at", 0, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_files_that_are_no_keys_are_refused(
    keys: Path, pictures: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.npz").write_bytes(keys.read_bytes()[:1500])
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "one.npz.npy", np.zeros(3))
    for path in (
        tmp_path / "none.npz",
        tmp_path / "cut.npz",
        tmp_path / "empty.npz",
        tmp_path / "one.npz.npy",
        pictures[0],
    ):
        assert str(path) in refused(capfd, "decode", path, "--at", 0, "-o", tmp_path / "out")


@pytest.mark.parametrize("position", ["2.01", "-0.1", "nan", "inf", "x"])
def test_positions_outside_are_refused(
    keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], position: str
) -> None:
    assert position in refused(capfd, "decode", keys, "--at", "0", position, "-o", tmp_path / "out")


def test_info_is_the_card(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    table = json.loads(capfd.readouterr().out)
    card = json.loads((weights_folder() / "card.json").read_text())
    assert table["id"] == card["id"]
    assert table["engine"].startswith("onnx") and table["engine_why"] and "self_test" not in table


def test_info_says_why_this_engine_and_tests_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--self-test", "--device", "cpu", "--threads", "1"]) == 0
    said = capfd.readouterr()
    table = json.loads(said.out)
    assert (table["engine"], table["engine_why"], table["engines_refused"]) == ("onnx cpu", "the CPU was asked for", {})
    assert table["self_test"]["differs"] <= 1e-4 and table["self_test"]["milliseconds_a_frame"] > 0
    assert "doodle: onnx cpu: the CPU was asked for\n" in said.err


# Mistakes


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["animate"],
        ["animate", "a.png"],
        ["animate", "-o", "out"],
        ["animate", "a.png", "-o", "out", "--sheet", "3"],
        ["animate", "a.png", "-o", "out", "--sheet", "0x2"],
        ["animate", "a.png", "-o", "out", "--frames-between", "-1"],
        ["animate", "a.png", "-o", "out", "--frames-between", "1.5"],
        ["animate", "a.png", "-o", "out", "--size", "5"],
        ["animate", "a.png", "-o", "out", "--size", "20000"],
        ["animate", "a.png", "-o", "out", "--sigma", "-1"],
        ["animate", "a.png", "-o", "out", "--sigma", "nan"],
        ["animate", "a.png", "-o", "out", "--pin", "1.1"],
        ["animate", "a.png", "-o", "out", "--seed", "x"],
        ["animate", "a.png", "-o", "out", "--method", "magic"],
        ["animate", "a.png", "-o", "out", "--ink", "blue"],
        ["animate", "a.png", "-o", "out", "--engine", "steam"],
        ["animate", "a.png", "-o", "out", "--fly"],
        ["encode", "a.png"],
        ["decode", "keys.npz", "-o", "out"],
        ["animate", "no such.png", "-o", "out"],
    ],
)
def test_wrong_arguments_are_one_line(capfd: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    refused(capfd, *arguments)
    assert not Path("out").exists()


def test_a_mistake_as_a_program(tmp_path: Path) -> None:
    for arguments in (["animate", tmp_path / "none.png", "-o", tmp_path / "out"], ["animate"], ["decode", "x"]):
        done = doodle(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1


def bad_pictures(folder: Path) -> list[Path]:
    good = arrow(0)
    good.save(folder / "good.png")
    data = (folder / "good.png").read_bytes()
    (folder / "truncated.png").write_bytes(data[: len(data) // 2])
    (folder / "words.png").write_text("this is no picture")
    (folder / "two\nlines.png").write_text("neither is this")
    (folder / "nothing.png").write_bytes(b"")
    Image.new("L", (1, 1)).save(folder / "one.png")
    Image.new("1", (20_000, 20)).save(folder / "wide.png")
    Image.new("L", (50, 50), 255).save(folder / "blank.png")
    Image.fromarray(np.full((8, 8), np.nan, np.float32)).save(folder / "nan.tif")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)).save(
        folder / "lzw.tif", compression="tiff_lzw"
    )
    data = (folder / "lzw.tif").read_bytes()
    (folder / "cut.tif").write_bytes(data[:1000] + b"\xff" * 200 + data[1200:])  # its library complains on its own
    (folder / "folder.png").mkdir()
    bad = ["truncated.png", "words.png", "two\nlines.png", "nothing.png", "one.png", "wide.png", "blank.png", "nan.tif"]
    return [folder / name for name in (*bad, "cut.tif", "folder.png", "missing.png")]


@pytest.mark.parametrize("index", range(11))
def test_bad_pictures_are_named_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str], index: int) -> None:
    path = bad_pictures(tmp_path)[index]
    said = refused(capfd, "animate", tmp_path / "good.png", path, "-o", tmp_path / "out")
    assert " ".join(path.name.split()) in said
    assert not (tmp_path / "out").exists()


def test_a_sheet_of_blank_cells_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (2 * SIZE, SIZE), 255).save(tmp_path / "sheet.png")
    for command in (("encode",), ("animate",)):
        call = (*command, tmp_path / "sheet.png", "--sheet", "2x1", "-o", tmp_path / "k")
        assert "sheet.png: nothing is drawn in any of its cells" in refused(capfd, *call)
    assert "sheet.png" in refused(capfd, "encode", tmp_path / "sheet.png", "--sheet", "900x1", "-o", tmp_path / "k")
    assert not (tmp_path / "k").exists()


def test_bad_outputs_are_named_in_one_line(
    pictures: list[str], keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.gif").mkdir()
    small = ["--size", "32", "--frames-between", "0"]
    for out in ("file", "file/deeper", "file/film.gif", "file/film.mp4", "folder.gif"):
        assert str(tmp_path / out) in refused(capfd, "animate", pictures[0], "-o", tmp_path / out, *small)
    assert str(tmp_path / "file/k.npz") in refused(capfd, "encode", pictures[0], "-o", tmp_path / "file/k.npz")
    assert "--rgba" in refused(capfd, "animate", pictures[0], "-o", tmp_path / "film.gif", "--rgba")
    assert "50" in refused(capfd, "animate", pictures[0], "-o", tmp_path / "film.gif", "--fps", "90", *small)
    assert names(tmp_path) == ["file", "folder.gif"]
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_folder_is_named(pictures: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o500)
    assert str(tmp_path) in refused(capfd, "animate", pictures[0], "-o", tmp_path / "out", "--size", 32)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that refuses even root")
def test_folder_that_refuses_is_named(pictures: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    for out in ("/proc/doodles", "/proc/doodle.gif", "/proc/doodle.mp4"):
        assert out in refused(capfd, "animate", pictures[0], "-o", out, "--size", 32)


def test_missing_and_altered_weights_are_named(
    pictures: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(weights_folder(), weights)
    call = ("animate", pictures[0], "-o", tmp_path / "out", "--model", weights)
    data = bytearray((weights / "matcher.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (weights / "matcher.onnx").write_bytes(data)
    assert "matcher.onnx" in refused(capfd, *call)
    (weights / "matcher.onnx").unlink()
    assert "matcher.onnx" in refused(capfd, *call)
    (weights / "card.json").unlink()
    assert "card.json" in refused(capfd, *call)
    assert not (tmp_path / "out").exists()


def test_older_pictures_are_left_and_mentioned(
    pictures: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for frames in ("3", "1"):
        assert main(["animate", *pictures[:2], "-o", str(tmp_path), "--size", "32", "--frames-between", frames]) == 0
    assert names(tmp_path) == numbered(5)
    assert "2 older pictures" in capfd.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stop_leaves_whole_pictures(pictures: list[str], tmp_path: Path, how: signal.Signals, status: int) -> None:
    """Stopped from outside in the middle of writing: every file there is whole, and nothing else is there."""
    out = tmp_path / "out"
    arguments = ["animate", *pictures, "-o", str(out), "--frames-between", "3000", "--size", "64"]
    running = subprocess.Popen([sys.executable, "-m", "doodle_core", *arguments], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        while running.poll() is None and not (out / "0003.png").exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(0.01)
        running.send_signal(how)
        said = running.communicate(timeout=60)[1].decode()
    finally:
        running.kill()
    assert running.returncode == status
    assert said == "doodle: stopped\n"
    assert names(out) == numbered(len(names(out)))
    for path in out.iterdir():
        assert grey(path).shape == (64, 64)


def test_the_bundled_autoencoder_is_a_name_away(tmp_path: Path) -> None:
    light(arrow(0)).save(tmp_path / "a.png")
    assert main(["encode", str(tmp_path / "a.png"), "-o", str(tmp_path / "k.npz"), "--model", "mixer"]) == 0
    with np.load(tmp_path / "k.npz", allow_pickle=False) as stored:
        assert stored["latents"].shape == (1, 256)
        assert str(stored["model"]) == json.loads((weights_folder() / "mixer" / "card.json").read_text())["id"]
