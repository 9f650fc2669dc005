"""safetensors files are read as their own package reads them; anything else is refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from doodle_core.engines.tensors import read_tensors
from doodle_core.model import weights_folder
from tests.core.engines.safetensors_bytes import packed


@pytest.mark.parametrize("folder", [weights_folder(), weights_folder() / "mixer"], ids=["strokes", "mixer"])
def test_the_bundled_weights_are_read_as_the_package_reads_them(folder: Path) -> None:
    found, expected = read_tensors(folder / "weights.safetensors"), load_file(folder / "weights.safetensors")
    assert found.keys() == expected.keys()
    for name, array in found.items():
        np.testing.assert_array_equal(array, expected[name])


def test_other_kinds_of_numbers(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array(7, np.int64),
        "c": np.zeros((0, 2), "f4"),
    }
    save_file(arrays, tmp_path / "w", metadata={"made": "here"})
    found = read_tensors(tmp_path / "w")
    assert {k: (v.shape, v.dtype) for k, v in found.items()} == {k: (v.shape, v.dtype) for k, v in arrays.items()}
    np.testing.assert_array_equal(found["a"], arrays["a"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04\x95",  # how a pickle begins
        (1 << 40).to_bytes(8, "little") + b"{}",
        packed([1, 2]),
        packed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 80]}}),
        packed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}),
        packed({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}),
        packed({"a": {"dtype": "F32"}}),
        packed({"a": 3}),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "w").write_bytes(data)
    with pytest.raises(ValueError):
        read_tensors(tmp_path / "w")


@given(data=st.binary(max_size=200))
def test_bytes_of_any_kind_give_arrays_or_a_value_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(data)
    with contextlib.suppress(ValueError):
        read_tensors(path)
