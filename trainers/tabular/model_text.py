import re

from core_lightgbm import lgb

TREES = re.compile(r"^Tree=\d+\n", re.MULTILINE)
END = "end of trees\n"


class ModelText:
    """A model as LightGBM writes it, without what does not belong to its trees. Doubles have 17 digits in it."""

    def __init__(self, text):
        head, *trees = TREES.split(text[: text.index(END)])
        # Where each tree begins; LightGBM does without.
        self._head = re.sub(r"^tree_sizes=.*\n", "", head, flags=re.MULTILINE)
        self._trees = trees

    def __len__(self):
        return len(self._trees)

    def followed_by(self, other):
        both = ModelText(self.whole())
        both._trees += other._trees
        return both

    def whole(self):
        trees = [f"Tree={place}\n{tree}" for place, tree in enumerate(self._trees)]
        return self._head + "".join(trees) + END

    def booster(self):
        return lgb.Booster(model_str=self.whole())
