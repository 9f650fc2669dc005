"""What users import from the library's root."""

import subprocess
import sys

import numpy as np

import doodle_core
from doodle_core import Drawing, Film, Key, Model, Style, Track


def test_names_at_the_root_make_a_film():
    model = Model.load()
    drawings = [Drawing.make([[(0.2, 0.8), (0.8, 0.6)]]), Drawing.make([[(0.2, 0.2), (0.8, 0.4)]])]
    keys = [Key(latent, 12.0 * k, drawings[k]) for k, latent in enumerate(model.encode(drawings))]
    film = Film(model, Track(tuple(keys), "spherical", 0.0, spread=model.spread))
    picture = film.frame_rgba(0.5, 64, Style(colour=(1.0, 0.0, 0.0, 1.0)))
    assert picture.shape == (64, 64, 4) and picture.dtype == np.float32
    assert picture[..., 3].max() > 0.99
    np.testing.assert_allclose(
        picture[picture[..., 3] > 0.5][:, :3], [[1, 0, 0]] * int((picture[..., 3] > 0.5).sum()), atol=1e-3
    )


def test_names_of_the_first_edition_are_the_same_things():
    from doodle_core.drawing import Strokes
    from doodle_core.look import Look

    assert Strokes is Drawing and Look is Style


def test_importing_the_root_imports_nothing_heavy():
    code = "import sys, doodle_core; print(sorted({'numpy', 'scipy', 'skia', 'onnxruntime'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(doodle_core, "Nothing")
