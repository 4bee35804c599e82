import torch
from torch import nn
from torch.nn import functional

WIDEST_EMBEDDING = 64


class Network(nn.Module):
    """Numbers beside an embedding of each string, hidden layers of ReLU, and as many scores as the task has."""

    def __init__(self, *, numbers, categories, outputs, params):
        super().__init__()
        self.dropout = params["dropout"]
        self.embeddings = nn.ModuleList(nn.Embedding(count, embedding_width(count)) for count in categories)
        first = numbers + sum(embedding.embedding_dim for embedding in self.embeddings)
        widths = [first, *[params["width"]] * params["depth"]]
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, widths[1:], strict=False))
        self.scores = nn.Linear(widths[-1], outputs)

    def forward(self, numbers, codes):
        """float32 [rows, numbers], int32 [rows, strings] -> [rows, outputs]"""
        embedded = [embedding(codes[:, place]) for place, embedding in enumerate(self.embeddings)]
        values = torch.cat([numbers, *embedded], dim=1)
        for layer in self.hidden:
            values = functional.dropout(functional.relu(layer(values)), self.dropout, self.training)
        return self.scores(values)


def embedding_width(categories):
    """fastai's rule of thumb (`emb_sz_rule`), with a lower end."""
    return min(WIDEST_EMBEDDING, round(1.6 * categories**0.56))
