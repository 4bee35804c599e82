"""Trains by steps that can be taken up anywhere: a checkpoint holds all that the next step depends on."""

import math

import torch

from refusal import Refusal

#: Rows that are scored at once after training.
SCORED_ROWS = 65_536


class Fitting:
    """`done` steps of `steps`, each over one batch; an epoch takes every row once, in an order of its own."""

    def __init__(self, job, *, network, inputs, targets, device):
        params = job["params"]
        self._job, self._targets, self._device = job, targets, device
        self.network = network.to(device.place)
        self._numbers = torch.from_numpy(inputs.numbers).to(device.place)
        self._codes = torch.from_numpy(inputs.codes).to(device.place)
        self._values = targets.values.to(device.place)
        self._batches = -(-len(self._values) // params["batch_rows"])
        self._steps = self._batches * params["epochs"]
        self._done = 0
        # float64, of the epoch so far: the sum of its rows' losses.
        self._loss = torch.zeros((), dtype=torch.float64, device=device.place)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=params["learning_rate"], weight_decay=params["weight_decay"]
        )

    def run(self, context):
        order = None
        self.network.train()
        while self._done < self._steps:
            epoch, place = divmod(self._done, self._batches)
            order = self._order(epoch) if order is None or place == 0 else order
            rows = self._job["params"]["batch_rows"]
            self._step(order[place * rows : (place + 1) * rows])
            if place + 1 == self._batches:
                self._end_epoch(context, epoch + 1)
            if self._done % self._job["params"]["checkpoint_steps"] == 0:
                self._keep(context)

    def _order(self, epoch):
        """Hangs on seed and epoch only, so that a place in it is all that a checkpoint needs to hold of it.
        2^31 / golden ratio, made odd, spreads neighbours."""
        generator = torch.Generator().manual_seed((self._job["seed"] + epoch * 1_327_217_885) % 2**31)
        return torch.randperm(len(self._values), generator=generator).to(self._device.place)

    def _step(self, batch):
        for group in self._optimiser.param_groups:
            # Half a cosine, from the learning rate towards 0.
            group["lr"] = self._job["params"]["learning_rate"] * (1 + math.cos(math.pi * self._done / self._steps)) / 2
        with self._device.mixed():
            scores = self.network(self._numbers[batch], self._codes[batch])
        loss = self._targets.loss(scores.float(), self._values[batch])
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self._loss += loss.detach().double() * len(batch)
        self._done += 1

    def _end_epoch(self, context, epoch):
        loss = self._loss.item() / len(self._values)
        if not math.isfinite(loss):
            raise Refusal(f"training: expected a finite loss, got {loss} in epoch {epoch}; lower learning_rate")
        context.progress(epoch=epoch, epochs=self._job["params"]["epochs"], **self._targets.told(loss))
        self._loss.zero_()

    def _keep(self, context):
        path = f"step-{self._done}.pt"
        on_gpu = self._device.place.type == "cuda"
        state = {
            "done": self._done,
            "loss": self._loss,
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            # Dropout draws from it.
            "random": torch.get_rng_state(),
            "random_on_gpu": torch.cuda.get_rng_state() if on_gpu else None,
        }
        torch.save(state, path)
        context.checkpoint(self._done, path)

    def resume(self, checkpoint):
        state = torch.load(checkpoint["file"]["$file"], map_location="cpu", weights_only=True)
        self._done = state["done"]
        self._loss.copy_(state["loss"])
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        if self._device.place.type == "cuda" and state["random_on_gpu"] is not None:
            torch.cuda.set_rng_state(state["random_on_gpu"])

    @torch.inference_mode()
    def scores(self):
        """float64 [rows, outputs] of the training rows."""
        self.network.eval()
        parts = zip(self._numbers.split(SCORED_ROWS), self._codes.split(SCORED_ROWS), strict=True)
        return torch.cat([self.network(*part).cpu() for part in parts]).double().numpy()
