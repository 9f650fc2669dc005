"""The engine for machines that have torch: CUDA or MPS where there is one, else the CPU."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from doodle_core.dense.networks import NetworkConfig, build, mismatch
from doodle_core.engines.cores import bounded
from doodle_core.engines.engine import Choice, check_answer, reason_of, running
from doodle_core.engines.tensors import read_tensors
from doodle_core.errors import DoodleError
from doodle_core.files.bounded import is_own, read_table

__all__ = ["TorchEngine", "gpu"]

_LARGEST_SIZE, _MOST = 1 << 14, 64


def gpu() -> str:
    """The name of torch's GPU, "cuda" or "mps". Raises DoodleError where it has none."""
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    built = torch.version.cuda or torch.version.hip
    raise DoodleError("it finds no GPU" if built or torch.backends.mps.is_built() else "it was built without CUDA")


class TorchEngine:
    """See `Engine`. Reads weights.safetensors of a folder, and the networks' form from its card; the reader of
    pictures from reader.safetensors when it is first asked for, and only that which came with this program.

    `device` as torch names it; `threads` holds for all of torch in this process.
    """

    def __init__(self, folder: Path, threads: int | None = None, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self.choice = Choice("torch", self._device.type)
        if self._device.type == "cpu":
            torch.set_num_threads(bounded(threads))
        self._own = is_own(folder)
        self._path = path = folder / "weights.safetensors"
        try:
            card = read_table(folder / "card.json")
            if path.name not in card["sha256"]:
                raise ValueError("the card does not vouch for it")
            tensors = read_tensors(path)
            _check(card["network"], sum(array.size for array in tensors.values()))
            self._networks, self._domain = _networks(card["network"])
            weights = {k: torch.from_numpy(v.astype(np.float32)) for k, v in tensors.items()}
            for name, network in self._networks.items():
                own = {k.removeprefix(f"{name}."): v for k, v in weights.items() if k.startswith(f"{name}.")}
                network.load_state_dict(own)
                network.eval().requires_grad_(False).to(self._device)
        except (OSError, RuntimeError, KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise DoodleError(f"{path}: cannot be loaded ({reason_of(error)}); install the weights again") from error
        self._lock = threading.Lock()  # one queue of work on the device, whichever thread asks
        self._folder, self._card = folder, card

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        if network == "reader":
            self._open_reader()
        with self._lock, running(network, self.choice):
            # Copies: callers' arrays may be read-only, which torch does not know.
            given = {k: torch.from_numpy(np.array(v, np.float32)).to(self._device) for k, v in inputs.items()}
            if network == "compare":
                answer = self._compare(**given)
            else:
                with torch.inference_mode():
                    answer = self._networks[network](**given)
            outputs = answer if isinstance(answer, tuple) else (answer,)
            arrays = [output.cpu().numpy() for output in outputs]
        if not self._own:
            check_answer(self._path, network, inputs, arrays)
        return arrays

    def _open_reader(self) -> None:
        """Read the reader's weights, once. Raises DoodleError where there is none that came with this program."""
        with self._lock:
            if "reader" in self._networks:
                return
            path = self._folder / "reader.safetensors"
            try:
                if not self._own:
                    raise ValueError("pictures are read by the bundled reader alone")
                from doodle_core.reading.network import Reader, ReaderConfig, fuse

                reader = fuse(Reader(ReaderConfig(**self._card["reader"]["network"])))
                reader.load_state_dict(
                    {k: torch.from_numpy(v.astype(np.float32)) for k, v in read_tensors(path).items()}
                )
            except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
                raise DoodleError(
                    f"{path}: cannot be loaded ({reason_of(error)}); install the weights again"
                ) from error
            self._networks["reader"] = reader.requires_grad_(False).to(self._device)

    def _compare(self, latent: Tensor, drawing: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            z = latent.requires_grad_()
            loss = mismatch(self._domain, self._networks["decoder"](z), drawing)
            (gradient,) = torch.autograd.grad(loss.sum(), z)
            return loss.detach(), gradient


def _check(table: dict[str, Any], numbers: int) -> None:
    """Raise ValueError where the networks that a card's table describes ask for more than their weights can fill: so
    many numbers are in the file."""
    told = ("kind", "domain", "coord", *(("latent",) if table["kind"] == "strokes" else ()))
    sizes = {name: value for name, value in table.items() if name not in told}
    for name, value in sizes.items():
        if not isinstance(value, int) or not 1 <= value <= _LARGEST_SIZE:
            raise ValueError(f"its {name} of {value!r} is not possible")
    if any(value > _MOST for name, value in sizes.items() if name.endswith(("blocks", "heads"))):
        raise ValueError("too many blocks or heads")
    with torch.device("meta"):  # without memory
        networks, _ = _networks(table)
    if sum(p.numel() for network in networks.values() for p in network.state_dict().values()) > numbers:
        raise ValueError("it holds fewer numbers than its card says")


def _networks(table: dict[str, Any]) -> tuple[dict[str, nn.Module], str]:
    """The networks, without weights, that a card's table describes, by name, and the domain they speak."""
    if table["kind"] == "strokes":
        from doodle_core.matching.network import Matcher, MatcherConfig

        return {"matcher": Matcher(MatcherConfig(table["width"], table["heads"], table["blocks"]))}, table["domain"]
    dense = NetworkConfig.from_dict(table)
    encoder, decoder = build(dense)
    return {"encoder": encoder, "decoder": decoder}, dense.domain
