"""Picture files in, sequences and films out."""

from __future__ import annotations

import os
import struct
import subprocess
import zlib
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import OpenEXR
import png
import pytest
from PIL import Image, ImageDraw, ImageOps

from doodle_core import sequence
from doodle_core.errors import DoodleError
from doodle_core.notes import read_note
from doodle_core.sequence import read_picture, whole_file, write_gif, write_mp4, write_png, write_pngs

ROOT = os.geteuid() == 0 if hasattr(os, "geteuid") else False


def doodle(mode: str = "L", size: tuple[int, int] = (40, 30)) -> Image.Image:
    """A slanted line and a spot, dark on light."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.line((3, 4, 35, 25), fill="black", width=3)
    draw.ellipse((20, 3, 28, 11), fill=(40, 40, 90))
    return image.convert(mode)


def one_line(error: pytest.ExceptionInfo[BaseException], path: Path) -> None:
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message


def listing(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# Reading


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.webp", "a.ppm"])
def test_lossless_rgb_is_read_exactly(tmp_path: Path, name: str) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    doodle("RGB").save(tmp_path / name, **options)
    pixels = read_picture(tmp_path / name)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, np.asarray(doodle("RGB")))


@pytest.mark.parametrize(
    ("mode", "dtype", "shape"),
    [("1", bool, ()), ("L", np.uint8, ()), ("LA", np.uint8, (2,)), ("RGB", np.uint8, (3,)), ("RGBA", np.uint8, (4,))],
)
def test_png_modes_keep_their_kind(tmp_path: Path, mode: str, dtype: type, shape: tuple[int, ...]) -> None:
    image = doodle("RGB").convert("L").convert(mode) if mode == "LA" else doodle(mode)
    image.save(tmp_path / "a.png")
    pixels = read_picture(tmp_path / "a.png")
    assert pixels.dtype == dtype
    assert pixels.shape == (30, 40, *shape)
    assert np.array_equal(pixels, np.asarray(image))


def test_jpeg_and_cmyk_become_rgb(tmp_path: Path) -> None:
    doodle("CMYK").save(tmp_path / "a.jpg", quality=95)
    pixels = read_picture(tmp_path / "a.jpg")
    assert pixels.shape == (30, 40, 3)
    assert np.abs(pixels.astype(int) - np.asarray(doodle("RGB"))).mean() < 4


def test_orientation_tag_is_followed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to stand upright
    doodle("RGB").save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert read_picture(tmp_path / "a.jpg").shape == (40, 30, 3)


@pytest.mark.parametrize("value", range(10))
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tif"])
def test_every_orientation_is_as_pillow_has_it(tmp_path: Path, name: str, value: int) -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif[0x0112] = value
    doodle("RGB").save(tmp_path / name, exif=exif)
    with Image.open(tmp_path / name) as image:
        assert np.array_equal(read_picture(tmp_path / name), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_not_waited_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DoodleError, match="not a file"):
        read_picture(tmp_path / "a.png")
    assert read_note(tmp_path / "a.png") is None


def test_palette_is_expanded(tmp_path: Path) -> None:
    doodle("RGB").quantize(4).save(tmp_path / "a.png")
    pixels = read_picture(tmp_path / "a.png")
    assert pixels.shape == (30, 40, 3)
    assert pixels[0, 0].tolist() == [255, 255, 255]


def test_transparent_palette_becomes_alpha(tmp_path: Path) -> None:
    palette = Image.new("P", (6, 4), 1)
    palette.putpalette([10, 20, 30, 200, 210, 220])
    palette.putpixel((2, 1), 0)
    palette.save(tmp_path / "a.png", transparency=1)
    pixels = read_picture(tmp_path / "a.png")
    assert pixels.shape == (4, 6, 4)
    assert pixels[1, 2].tolist() == [10, 20, 30, 255]
    assert pixels[0, 0, 3] == 0


def test_first_picture_of_a_gif(tmp_path: Path) -> None:
    doodle("L").save(tmp_path / "a.gif", save_all=True, append_images=[Image.new("L", (40, 30), 7)])
    pixels = read_picture(tmp_path / "a.gif")
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    assert np.array_equal(grey, np.asarray(doodle("L")))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bit_grey_is_kept(tmp_path: Path, name: str) -> None:
    levels = np.linspace(0, 65535, 48).astype(np.uint16).reshape(6, 8)
    Image.fromarray(levels).save(tmp_path / name)
    pixels = read_picture(tmp_path / name)
    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels, levels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("interlace", [False, True])
def test_16_bit_png_is_kept(tmp_path: Path, channels: int, interlace: bool) -> None:
    levels = np.linspace(0, 65535, 5 * 7 * channels).astype(np.uint16)
    with (tmp_path / "a.png").open("wb") as file:
        writer = png.Writer(7, 5, greyscale=channels < 3, alpha=channels in (2, 4), bitdepth=16, interlace=interlace)
        writer.write_array(file, levels.tolist())
    pixels = read_picture(tmp_path / "a.png")
    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels.ravel(), levels)


def test_float_tiff_stays_float(tmp_path: Path) -> None:
    levels = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)
    Image.fromarray(levels).save(tmp_path / "a.tif")
    pixels = read_picture(tmp_path / "a.tif")
    assert pixels.dtype == np.float32
    assert np.array_equal(pixels, levels)


def write_exr(path: Path, image: Image.Image) -> None:
    image.save(path.with_suffix(".png"))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path.with_suffix(".png"), path]
    subprocess.run(command, check=True)


def test_exr_is_read(tmp_path: Path) -> None:
    image = doodle("RGB", (40, 30))
    write_exr(tmp_path / "a.exr", image)
    pixels = read_picture(tmp_path / "a.exr")
    assert pixels.shape == (30, 40, 4)
    assert pixels.dtype == np.float32
    assert pixels[..., 3].min() == 1.0
    dark, light = pixels[10, 12, 0], pixels[0, 0, 0]  # on the line, on the paper
    assert (dark, light) == (pytest.approx(0.0, abs=0.01), pytest.approx(1.0, abs=0.01))


def saved_exr(path: Path, channels: dict[str, np.ndarray], **header: object) -> None:
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}, channels).write(
        str(path)
    )


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("packing", ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "DWAA", "DWAB"])
def test_exr_of_every_packing_is_read(tmp_path: Path, packing: str, kind: type) -> None:
    wanted = np.full((33, 21, 4), (0.125, 0.25, 0.5, 0.5), kind)
    wanted[9:, 3:] = (0.0, 0.25, 0.25, 0.25)
    saved_exr(tmp_path / "a.exr", {"RGBA": wanted}, compression=getattr(OpenEXR, f"{packing}_COMPRESSION"))
    read = read_picture(tmp_path / "a.exr")
    atol = {"B44": 0.02, "DWAA": 0.02, "DWAB": 0.02}.get(packing, 1e-3)
    np.testing.assert_allclose(read[2, 1], (0.25, 0.5, 1.0, 0.5), atol=atol)
    np.testing.assert_allclose(read[30, 19], (0.0, 1.0, 1.0, 0.25), atol=atol)


def test_an_exr_of_layers_shows_its_first_one_with_colours(tmp_path: Path) -> None:
    flat = np.ones((4, 6), np.float32)
    saved_exr(
        tmp_path / "a.exr",
        {"Depth.Z": 9 * flat, "Ink.R": 0.5 * flat, "Ink.G": 0.25 * flat, "Ink.B": 0 * flat, "Ink.A": flat},
    )
    np.testing.assert_allclose(read_picture(tmp_path / "a.exr")[3, 5], (0.5, 0.25, 0.0, 1.0))


def test_an_exr_of_grey_and_one_without_colours(tmp_path: Path) -> None:
    flat = np.full((4, 6), 0.5, np.float32)
    saved_exr(tmp_path / "a.exr", {"Y": flat})
    np.testing.assert_allclose(read_picture(tmp_path / "a.exr")[0, 0], (0.5, 0.5, 0.5, 1.0))
    saved_exr(tmp_path / "b.exr", {"Z": flat})
    with pytest.raises(DoodleError, match=r"b\.exr cannot be read \(it has no red, green and blue"):
        read_picture(tmp_path / "b.exr")


def test_an_exr_is_cut_to_its_display_window(tmp_path: Path) -> None:
    """Its stored part begins left of the picture, two rows down, and ends within it."""
    stored = np.arange(12, dtype=np.float32).reshape(3, 4) / 16
    corners = ((-1, 2), (2, 4)), ((0, 0), (4, 5))
    data, display = (tuple(np.int32(corner) for corner in window) for window in corners)
    saved_exr(tmp_path / "a.exr", dict.fromkeys("RGB", stored), dataWindow=data, displayWindow=display)
    wanted = np.zeros((6, 5), np.float32)
    wanted[2:5, :3] = stored[:, 1:]
    read = read_picture(tmp_path / "a.exr")
    np.testing.assert_allclose(read[..., 1], wanted)
    assert read[3, 1, 3] == 1.0 and read[0, 0, 3] == 0.0


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.tif", "a.bmp", "a.webp", "a.exr", "deep.png"])
@pytest.mark.parametrize("part", [0.02, 0.2, 0.5, 0.85, 0.98])
def test_truncated_picture_is_one_line(
    tmp_path: Path, name: str, part: float, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (60, 80), np.uint8)  # does not compress, so that a cut always loses pixels
    path = tmp_path / name
    if name == "a.exr":
        write_exr(path, Image.fromarray(noise).convert("RGB"))
    elif name == "deep.png":
        write_png(path, rng.integers(0, 65536, (60, 80, 4), np.uint16))
    else:
        Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(DoodleError) as error:
        read_picture(path)
    one_line(error, path)
    assert name == "a.exr" or capfd.readouterr().err == ""  # the library for EXR prints a line of its own


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4 hello", b"just some words\n" * 9, bytes(500), b"\x89PNG\r\n\x1a\n"]
)
def test_not_a_picture_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(DoodleError) as error:
        read_picture(path)
    one_line(error, path)


def test_missing_file_and_folder_are_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(DoodleError) as error:
            read_picture(path)
        one_line(error, path)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 50), (50, 1), (20_000, 20_000), (20_000, 10), (10, 20_000), (16_000, 9_000), (16_000, 12_000)]
)
def test_size_is_refused_by_the_header(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bomb(*size))
    with pytest.raises(DoodleError) as error:
        read_picture(path)
    one_line(error, path)
    assert "at least 2" in str(error.value) if min(size) == 1 else "too large" in str(error.value)


def test_large_exr_is_refused_by_the_header(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", doodle("RGB"))
    data = (tmp_path / "a.exr").read_bytes()
    window = struct.pack("<4i", 0, 0, 39, 29)
    assert data.count(window) == 2
    (tmp_path / "a.exr").write_bytes(data.replace(window, struct.pack("<4i", 0, 0, 19_999, 19_999)))
    with pytest.raises(DoodleError, match="20000 x 20000 pixels and is too large"):
        read_picture(tmp_path / "a.exr")


def test_no_warning_for_a_large_allowed_picture(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bomb(11_000, 11_000))  # pillow warns from 89 megapixels on
    with pytest.raises(DoodleError, match="damaged"):
        read_picture(path)
    assert not recwarn


# Writing


def test_whole_file_moves_only_when_done(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as temporary:
        temporary.write_text("one")
        assert not path.exists()
        assert temporary.parent == path.parent
    assert listing(path.parent) == ["a.txt"]
    with pytest.raises(KeyboardInterrupt), whole_file(path) as temporary:
        temporary.write_text("two")
        raise KeyboardInterrupt
    assert listing(path.parent) == ["a.txt"]
    assert path.read_text() == "one"


@pytest.mark.skipif(os.name == "nt", reason="POSIX rights")
def test_written_file_has_ordinary_rights(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_png(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_png_returns_what_was_written(tmp_path: Path, dtype: type, channels: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (9, 11, *channels), dtype, endpoint=True)
    path = write_png(tmp_path / "a.png", pixels)
    again = read_picture(path)
    assert again.dtype == dtype
    assert np.array_equal(again, pixels)
    assert listing(tmp_path) == ["a.png"]


def test_unknown_pixels_are_a_fault() -> None:
    with pytest.raises(ValueError, match="float"):
        write_png("never.png", np.zeros((4, 4)))


def test_sequence_names(tmp_path: Path) -> None:
    pictures = [np.full((4, 4), value, np.uint8) for value in (0, 100, 200)]
    assert [path.name for path in write_pngs(tmp_path, pictures)] == ["0001.png", "0002.png", "0003.png"]
    assert read_picture(tmp_path / "0003.png")[0, 0] == 200
    assert sequence.picture_path("x", 7, 12_345) == Path("x/00007.png")


def test_stopped_sequence_leaves_whole_files(tmp_path: Path) -> None:
    def pictures():
        yield np.zeros((4, 4), np.uint8)
        yield np.zeros((4, 4), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pngs(tmp_path, pictures())
    assert listing(tmp_path) == ["0001.png", "0002.png"]
    assert read_picture(tmp_path / "0002.png").shape == (4, 4)


def frames(count: int, size: int = 32) -> list[np.ndarray]:
    """A moving bar; every other picture equals the one before."""
    pictures = []
    for number in range(count):
        picture = np.full((size, size), 255, np.uint8)
        picture[:, 2 * (number // 2) : 2 * (number // 2) + 4] = 10
        pictures.append(picture)
    return pictures


@pytest.mark.parametrize("fps", [1.0, 12.0, 24.0, 29.97, 50.0])
def test_gif_frames_durations_and_loop(tmp_path: Path, fps: float) -> None:
    pictures = frames(13)
    with Image.open(write_gif(tmp_path / "a.gif", iter(pictures), fps)) as film:
        assert film.n_frames == 13
        assert film.info["loop"] == 0
        lengths = []
        for number, picture in enumerate(pictures):
            film.seek(number)
            assert np.array_equal(np.asarray(film.convert("L")), picture)
            lengths.append(film.info["duration"])
    assert sum(lengths) == pytest.approx(13_000 / fps, abs=5.1)
    assert max(lengths) - min(lengths) <= 10


def test_gif_in_colour(tmp_path: Path) -> None:
    picture = np.zeros((20, 24, 3), np.uint8)
    picture[5:] = (200, 30, 90)
    with Image.open(write_gif(tmp_path / "a.gif", [picture, picture[::-1]])) as film:
        film.seek(1)
        assert np.abs(np.asarray(film.convert("RGB")).astype(int) - picture[::-1]).max() <= 2


@pytest.mark.parametrize("fps", [0.0, -1.0, 51.0, float("nan")])
def test_gif_refuses_impossible_speed(tmp_path: Path, fps: float) -> None:
    with pytest.raises(DoodleError, match="frames a second"):
        write_gif(tmp_path / "a.gif", frames(2), fps)
    assert listing(tmp_path) == []


def read_film(path: Path) -> tuple[dict, list[np.ndarray]]:
    reader = imageio_ffmpeg.read_frames(str(path), pix_fmt="gray", bits_per_pixel=8)
    about = next(reader)
    width, height = about["size"]
    return about, [np.frombuffer(frame, np.uint8).reshape(height, width) for frame in reader]


@pytest.mark.parametrize(("size", "even"), [(64, 64), (33, 34)])
def test_mp4_frames_size_speed_and_levels(tmp_path: Path, size: int, even: int) -> None:
    pictures = frames(10, size)
    about, back = read_film(write_mp4(tmp_path / "a.mp4", iter(pictures), 24.0))
    assert about["codec"] == "h264"
    assert about["pix_fmt"].startswith("yuv420p")
    assert about["size"] == (even, even)
    assert about["fps"] == 24.0
    assert len(back) == 10
    for picture, again in zip(pictures, back, strict=True):
        assert np.abs(again[:size, :size].astype(int) - picture).mean() < 4
    assert listing(tmp_path) == ["a.mp4"]


def failing(pictures: list[np.ndarray]):
    yield from pictures
    raise RuntimeError("stopped")


@pytest.mark.parametrize(("name", "write"), [("a.gif", write_gif), ("a.mp4", write_mp4)])
def test_stopped_film_leaves_the_old_one(tmp_path: Path, name: str, write) -> None:
    (tmp_path / name).write_bytes(b"old")
    with pytest.raises(RuntimeError, match="stopped"):
        write(tmp_path / name, failing(frames(3)))
    assert listing(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"old"


def test_ffmpegs_own_complaint_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(DoodleError) as error:
        write_mp4(path, [np.zeros((2, 40_000), np.uint8)])  # wider than H.264 can be
    one_line(error, path)
    assert listing(tmp_path) == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.mp4"])
def test_folder_that_is_a_file_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").write_text("a file")
    path = tmp_path / "taken" / name
    with pytest.raises(DoodleError) as error:
        if name == "a.png":
            write_png(path, frames(1)[0])
        elif name == "a.gif":
            write_gif(path, frames(1))
        else:
            write_mp4(path, frames(1))
    one_line(error, path)
    assert (tmp_path / "taken").read_text() == "a file"


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_folder_without_rights_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DoodleError) as error:
        write_png(tmp_path / "a.png", frames(1)[0])
    one_line(error, tmp_path / "a.png")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with pytest.raises(DoodleError) as error, whole_file(path) as temporary:
        temporary.symlink_to("/dev/full")
        with temporary.open("wb") as file:
            file.write(bytes(1 << 16))
    one_line(error, path)
    assert listing(tmp_path) == []


def test_gif_image_is_independent_of_the_one_before(tmp_path: Path) -> None:
    """Each frame carries its own table, so that pictures of few greys and of many can follow each other."""
    few, many = np.zeros((16, 16), np.uint8), np.arange(256, dtype=np.uint8).reshape(16, 16)
    with Image.open(write_gif(tmp_path / "a.gif", [few, many, few])) as film:
        for number, picture in enumerate((few, many, few)):
            film.seek(number)
            assert np.array_equal(np.asarray(film.convert("L")), picture)
