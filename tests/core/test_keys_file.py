"""Files of keys: what is written comes back, and nothing is stored twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from doodle_core.drawing import Drawing, Picture, Shown, digest
from doodle_core.errors import DoodleError
from doodle_core.keys_file import StoredKeys, read_keys, write_keys

LINES = Drawing.make([[(0.1, 0.2), (0.8, 0.7)], [(0.2, 0.2), (0.5, 0.3), (0.3, 0.6)]], 0.02, filled=[False, True])
OTHER = Drawing.make([[(0.5, 0.5)]], 0.3, colours=[(1, 0, 0.5)])
SEEN = Picture(np.eye(16), np.arange(16 * 16 * 3).reshape(16, 16, 3) % 256)
DRAWN: list[Shown] = [LINES, SEEN, OTHER]


def written(path: Path, latents: object, drawings: list[Shown] = DRAWN) -> StoredKeys:
    times = np.array([0.0, 2.5, 3.0])[: len(drawings)]
    write_keys(path, StoredKeys("0123456789abcdef", "light", False, latents, times, drawings))  # type: ignore[arg-type]
    return read_keys(path)


def test_drawings_come_back_as_latents_and_as_keys(tmp_path: Path) -> None:
    found = written(tmp_path / "k.npz", [LINES, OTHER, LINES])
    assert (found.model, found.polarity, found.laid) == ("0123456789abcdef", "light", False)
    assert found.times.tolist() == [0.0, 2.5, 3.0]
    assert list(map(digest, found.drawings)) == list(map(digest, DRAWN))
    assert isinstance(found.latents, list)
    assert list(map(digest, found.latents)) == list(map(digest, [LINES, OTHER, LINES]))


def test_a_latent_that_is_the_drawing_is_stored_once(tmp_path: Path) -> None:
    found = written(tmp_path / "k.npz", [LINES, OTHER, OTHER])
    with np.load(tmp_path / "k.npz", allow_pickle=False) as stored:
        assert (stored["latent_lengths"] > 0).tolist() == [False, True, False]
        assert {stored[name].dtype.kind for name in stored.files} <= set("biufU")
    assert found.latents[0] is found.drawings[0] and found.latents[2] is found.drawings[2]
    assert digest(found.latents[1]) == digest(OTHER)  # type: ignore[arg-type]


def test_latents_of_a_dense_model_are_numbers(tmp_path: Path) -> None:
    latents = np.random.default_rng(0).normal(size=(3, 7)).astype(np.float32)
    found = written(tmp_path / "k.npz", latents)
    np.testing.assert_array_equal(found.latents, latents)
    assert isinstance(found.latents, np.ndarray) and found.latents.dtype == np.float32


def changed(path: Path, **parts: object) -> Path:
    with np.load(path) as stored:
        table = {name: stored[name] for name in stored.files} | parts
    np.savez(path, **{name: value for name, value in table.items() if value is not None})  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    "parts",
    [
        {"latent_lengths": np.array([0, 0, 0])},  # a picture is no latent, and what is there belongs to nobody
        {"latent_lengths": np.array([0, -1, 0])},
        {"latent_lengths": np.array([1 << 62, 1 << 62, 1 << 63], np.uint64)},
        {"latent_lengths": np.array([0, 9])},
        {"latents": np.zeros((2, 2), np.uint8)},
        {"latent_lengths": None, "latents": np.full((3, 2), np.inf, np.float32)},
        {"latent_lengths": None, "latents": np.zeros((2, 2), np.float32)},
        {"lengths": np.array([0, 0, 0])},
        {"times": np.zeros((3, 1))},
        {"times": np.zeros(0)},
        {"polarity": np.array("grey")},
        {"laid": None},
    ],
)
def test_damage_is_one_line_that_names_the_file(tmp_path: Path, parts: dict[str, object]) -> None:
    written(tmp_path / "k.npz", [LINES, OTHER, OTHER])
    with pytest.raises(DoodleError, match="is not a file of keys") as caught:
        read_keys(changed(tmp_path / "k.npz", **parts))
    assert str(tmp_path / "k.npz") in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(DoodleError, match=r"none\.npz does not exist; make it with: doodle encode"):
        read_keys(tmp_path / "none.npz")
