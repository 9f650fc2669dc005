"""The engine for machines that have torch: CUDA or MPS where there is one, else the CPU."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from doodle_core.errors import DoodleError
from doodle_core.networks import NetworkConfig, build, mismatch

__all__ = ["TorchEngine"]


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


class TorchEngine:
    """See `Engine`. Reads weights.safetensors of a folder, and the network's form from its card."""

    def __init__(self, folder: Path, threads: int | None = None, device: str | None = None) -> None:
        self._device = torch.device(device) if device else _device()
        self.name = f"torch {self._device.type}"
        if threads and self._device.type == "cpu":
            torch.set_num_threads(threads)
        path = folder / "weights.safetensors"
        try:
            table = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            config = NetworkConfig.from_dict(table["network"])
            self._encoder, self._decoder = build(config)
            weights = {k: v.float() for k, v in load_file(path).items()}
            for part, network in (("encoder.", self._encoder), ("decoder.", self._decoder)):
                own = {k.removeprefix(part): v for k, v in weights.items() if k.startswith(part)}
                network.load_state_dict(own)
                network.eval().requires_grad_(False).to(self._device)
        except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DoodleError(f"{path}: cannot be loaded ({reason}); install the weights again") from error
        self._domain = config.domain
        self._lock = threading.Lock()  # one queue of work on the device, whichever thread asks

    def _tensor(self, array: NDArray[np.float32]) -> torch.Tensor:
        # A copy: callers' arrays may be read-only, which torch does not know.
        return torch.from_numpy(np.array(array, np.float32)).to(self._device)

    def encode(self, drawings: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock, torch.inference_mode():
            return self._encoder(self._tensor(drawings)).cpu().numpy()

    def decode(self, latents: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock, torch.inference_mode():
            return self._decoder(self._tensor(latents)).cpu().numpy()

    def compare(
        self, latents: NDArray[np.float32], drawings: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with self._lock, torch.enable_grad():
            z = self._tensor(latents).requires_grad_()
            loss = mismatch(self._domain, self._decoder(z), self._tensor(drawings))
            (gradient,) = torch.autograd.grad(loss.sum(), z)
            return loss.detach().cpu().numpy(), gradient.cpu().numpy()
