"""Where a network trains, and how exactly."""

import os
from dataclasses import dataclass

import torch

# It can be said once a process, before anything has run.
torch.set_num_interop_threads(1)


@dataclass(frozen=True)
class Device:
    place: torch.device
    #: As `training.json` tells it: `cpu`, or the name of the GPU.
    name: str
    #: Of the products of matrices while training; weights, sums and the exported model are float32 always.
    precision: torch.dtype

    def mixed(self):
        return torch.autocast(self.place.type, dtype=self.precision, enabled=self.precision is not torch.float32)


def device_for(job):
    """A GPU where the job wants one and the machine has one. On CPUs equal jobs give equal bytes; on a GPU the
    algorithms are those that torch has as deterministic, and where it has none it warns."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    on_gpu = job["gpus"] > 0 and torch.cuda.is_available()
    torch.use_deterministic_algorithms(True, warn_only=on_gpu)
    if not on_gpu:
        return Device(torch.device("cpu"), "cpu", torch.float32)
    # cuBLAS reads it as its handle is made, and sums in no fixed order without it.
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    # bfloat16 has float32's range, so that no loss has to be scaled; GPUs before 2020 do not compute it.
    precision = torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    return Device(torch.device("cuda"), torch.cuda.get_device_name(), precision)
