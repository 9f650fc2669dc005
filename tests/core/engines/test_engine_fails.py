"""A network that fails while it runs: one line, whatever the library raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from doodle_core.engines import open_engine
from doodle_core.errors import DoodleError
from doodle_core.model import weights_folder


@pytest.mark.parametrize(("engine", "held"), [("onnx", "_sessions"), ("torch", "_networks")])
def test_it_names_the_engine_the_network_and_the_reason(engine: str, held: str) -> None:
    running: Any = open_engine(weights_folder() / "mixer", engine, device="cpu")
    drawing = np.zeros((1, 64, 64), np.float32)
    (latent,) = running.run("encoder", drawing=drawing)
    networks = getattr(running, held)
    running.run("decoder", latent=latent)
    networks["decoder"] = networks["encoder"]  # what it is given, it cannot take
    with pytest.raises(DoodleError) as error:
        running.run("decoder", latent=latent)
    assert str(error.value).startswith(f"{engine} cpu does not run the decoder (")
    assert "\n" not in str(error.value)
    running.run("encoder", drawing=drawing)  # the rest goes on
