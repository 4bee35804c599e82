import numpy as np


class Inputs:
    """What the network is shown of the rows: numbers and booleans standardised, strings as codes.

    float32 [rows, numbers] and int32 [rows, strings], each in the order of the features.
    """

    def __init__(self, rows):
        self.numeric = [place for place, name in enumerate(rows.names) if name not in rows.vocabularies]
        self.strings = [place for place, name in enumerate(rows.names) if name in rows.vocabularies]
        self.categories = [len(rows.vocabularies[rows.names[place]]) for place in self.strings]
        values = rows.matrix[:, self.numeric]
        self.mean = values.mean(axis=0, dtype=np.float64)
        deviation = values.std(axis=0, dtype=np.float64)
        self.scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        # In doubles, as in the exported graph, and rounded once.
        self.numbers = ((values - self.mean) * self.scale).astype(np.float32)
        self.codes = rows.matrix[:, self.strings].astype(np.int32)
