import numpy as np
import torch
from torch.nn import functional

import losses


class Targets:
    """What the network is to answer, and how far off it is. Numbers are standardised, as the inputs are."""

    def __init__(self, task, rows):
        self.task = task
        self.outputs = len(rows.classes) if task == "multiclass" else 1
        self.mean, self.scale = 0.0, 1.0
        if task == "regression":
            self.mean, self.scale = float(rows.label.mean()), float(rows.label.std()) or 1.0
        kind = torch.int64 if task == "multiclass" else torch.float32
        self.values = torch.from_numpy((rows.label - self.mean) / self.scale).to(kind)

    def loss(self, scores, targets):
        """Of one batch, mean over its rows; scores are [rows, outputs]."""
        if self.task == "multiclass":
            return functional.cross_entropy(scores, targets)
        if self.task == "binary":
            return functional.binary_cross_entropy_with_logits(scores[:, 0], targets)
        return functional.mse_loss(scores[:, 0], targets)

    def told(self, loss):
        """A mean loss in the label's unit."""
        return {"rmse": float(np.sqrt(loss) * self.scale)} if self.task == "regression" else {"log_loss": float(loss)}

    def metrics(self, scores, label):
        """Of float64 [rows, outputs]."""
        own = scores if self.task == "multiclass" else scores[:, 0] * self.scale + self.mean
        return losses.of_scores(own, label, self.task)
