from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fitted:
    """A trained model."""

    #: graph -> the name of the tensor that holds the answer
    export: Callable
    #: Rounds of boosting, trees of a forest, iterations of a linear model.
    rounds: int
    #: Of the training rows.
    metrics: dict
    #: What a category that no training row has counts as: a code, or a sentence.
    unknown_category: int | str
    #: Segments that boosting went in; 1: in one go.
    segments: int = 1
