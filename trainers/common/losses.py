import numpy as np


def of_scores(scores, label, task):
    """The loss that training lowers, from raw scores: float64 [rows] or, for many classes, [rows, classes]."""
    if task == "regression":
        return {"rmse": float(np.sqrt(np.mean((scores - label) ** 2)))}
    if task == "binary":
        return {"log_loss": float(np.mean(np.logaddexp(0, scores) - label * scores))}
    own = scores[np.arange(len(label)), label.astype(np.intp)]
    return {"log_loss": float(np.mean(np.logaddexp.reduce(scores, axis=1) - own))}


def of_probabilities(probabilities, label):
    """float64 [rows, classes]. A probability of 0 counts as the least that a float32 tells from it."""
    own = probabilities[np.arange(len(label)), label.astype(np.intp)]
    return {"log_loss": float(-np.mean(np.log(np.maximum(own, np.finfo(np.float32).eps))))}
