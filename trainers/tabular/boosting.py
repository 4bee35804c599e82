"""LightGBM in segments, so that a training that was killed goes on where its last checkpoint is."""

import numpy as np

import losses
from core_lightgbm import lgb
from fitted import Fitted
from model_text import ModelText
from trees import Ensemble

#: Negative: LightGBM has it in no set of categories, so it takes the right branch of each categorical split.
UNKNOWN_CATEGORY = -1

#: onnxruntime makes one look at 64 bits of a chain of tests for whole numbers from 1 to 64 that share a column; a longer
#: chain, or one for other numbers, it walks test by test.
CODES_A_COLUMN = 64


def fit(job, rows, context):
    """Each segment is a training of its own that begins from the raw scores of the trees before it. Scores are summed
    tree by tree, in doubles, in training as in prediction, so those of a resumed training, predicted from the
    checkpoint's text, are bit by bit those that an undisturbed one still has."""
    task, params = job["task"], job["params"]
    trees_per_round = len(rows.classes) if task == "multiclass" else 1
    dataset = dataset_of(rows, base_params(job, rows))
    text, done = resumed(job["checkpoint"])
    scores = None if text is None else text.booster().predict(rows.matrix, raw_score=True, num_threads=job["threads"])
    segments = -(-params["rounds"] // params["segment_rounds"])
    while done < segments and not ended_early(text, done * params["segment_rounds"] * trees_per_round):
        last = min((done + 1) * params["segment_rounds"], params["rounds"])
        grown, scores = grow(job, dataset, scores=scores, segment=done, rounds=last - done * params["segment_rounds"])
        text = grown if text is None else text.followed_by(grown)
        done += 1
        report(context, text, segment=done, segments=segments, **losses.of_scores(scores, rows.label, task))
    return Fitted(
        export=lambda graph: export(graph, rows, job["features"], text.booster().dump_model()),
        rounds=len(text) // trees_per_round,
        metrics=losses.of_scores(scores, rows.label, task),
        unknown_category=UNKNOWN_CATEGORY,
        segments=done,
    )


def resumed(checkpoint):
    """What the checkpoint holds, and how many segments that is."""
    if checkpoint is None:
        return None, 0
    with open(checkpoint["file"]["$file"], encoding="utf-8") as file:
        return ModelText(file.read()), checkpoint["segment"]


def ended_early(text, expected):
    """No tree could be split any more. Told by the text alone, as a resumed training sees nothing else."""
    return text is not None and len(text) < expected


def grow(job, dataset, *, scores, segment, rounds):
    """One segment's trees, and the raw scores of the training rows after them: float64 [rows(, classes)]."""
    if scores is not None:
        dataset.set_init_score(scores)
    seed = segment_seed(job["seed"], segment)
    booster = lgb.Booster(dataset.params | {"bagging_seed": seed, "feature_fraction_seed": seed}, dataset)
    for _ in range(rounds):
        if booster.update():
            break
    return ModelText(booster.model_to_string()), raw_scores(booster)


def raw_scores(booster):
    """LightGBM hands out the scores that it keeps of the training rows as its objective turns them, so it is asked
    without one. Predicting them anew takes ten times as long."""
    kept = []
    booster.reset_parameter({"objective": "none"})
    booster.eval_train(lambda scores, _: kept.append(scores.copy()) or ("none", 0.0, False))
    return kept[0]


def segment_seed(seed, segment):
    """2^31 / golden ratio, made odd, spreads neighbours; LightGBM takes seeds up to 2^31 - 1."""
    return (seed + segment * 1_327_217_885) % 2**31


def base_params(job, rows):
    params = job["params"]
    classes = {"num_class": len(rows.classes)} if job["task"] == "multiclass" else {}
    return classes | {
        "objective": job["task"],
        "num_leaves": params["leaves"],
        "learning_rate": params["learning_rate"],
        "min_data_in_leaf": params["min_rows_in_leaf"],
        "feature_fraction": params["feature_share"],
        "bagging_fraction": params["row_share"],
        "bagging_freq": 1,
        "lambda_l2": params["l2"],
        # Leaves larger than half of the rows make a model without splits, not an error.
        "feature_pre_filter": False,
        # A feature is never null.
        "use_missing": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": job["threads"],
        "metric": "None",
        "verbosity": -1,
    }


def dataset_of(rows, params):
    strings = [place for place, name in enumerate(rows.names) if name in rows.vocabularies]
    return lgb.Dataset(rows.matrix, rows.label, categorical_feature=strings, params=params).construct()


def report(context, text, *, segment, segments, **metrics):
    path = f"segment-{segment}.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.whole())
    context.checkpoint(segment, path)
    context.progress(segment=segment, segments=segments, **metrics)


def export(graph, rows, features, dump):
    layout = Layout(rows, features)
    ensemble = Ensemble(dump["num_tree_per_iteration"])
    for place, tree in enumerate(dump["tree_info"]):
        add_tree(ensemble, layout, place, tree["tree_structure"], place % dump["num_tree_per_iteration"])
    columns = [column_of(graph, rows, feature) for feature in features]
    return graph.answer(ensemble.add_to(graph, graph.doubles(columns)))


class Layout:
    """Where each feature stands among the ensemble's columns: numbers in one, the codes of strings in one for every
    `CODES_A_COLUMN` codes."""

    def __init__(self, rows, features):
        self._first = []
        used = 0
        for feature in features:
            self._first.append(used)
            used += columns_for(rows.vocabularies[feature["name"]]) if feature["type"] == "string" else 1

    def column(self, feature):
        return self._first[feature]

    def columns_of_codes(self, feature, categories):
        """Of a set, `a||b||c`, in ascending order: each one's column, and what stands in it of this code."""
        codes = sorted(map(int, categories.split("||")))
        first = self._first[feature]
        return [first + code // CODES_A_COLUMN for code in codes], [code % CODES_A_COLUMN + 1 for code in codes]


def columns_for(vocabulary):
    return max(1, -(-len(vocabulary) // CODES_A_COLUMN))


def column_of(graph, rows, feature):
    """FLOAT [N, columns]"""
    if feature["type"] != "string":
        return graph.number(feature)
    vocabulary = rows.vocabularies[feature["name"]]
    codes = graph.lookup(feature, vocabulary, [float(code) for code in range(len(vocabulary))], float(UNKNOWN_CATEGORY))
    before = np.arange(columns_for(vocabulary), dtype=np.float32) * CODES_A_COLUMN - 1
    return graph.add("Sub", codes, graph.constant(before.reshape(1, -1)))


def add_tree(ensemble, layout, tree, root, target):
    left = [(0, root)]
    used = 1
    while left:
        node, at = left.pop()
        if "leaf_value" in at:
            ensemble.leaf(tree, node, {target: at["leaf_value"]})
            continue
        yes, no = used, used + 1
        if at["decision_type"] == "==":
            # A set of categories is a chain of tests that share the node they lead to.
            features, values = layout.columns_of_codes(at["split_feature"], at["threshold"])
            chained = list(range(no, no + len(values)))
            ensemble.chain(tree, [node, *chained[:-1]], features=features, values=values, yes=yes, no=chained)
            no = chained[-1]
        else:
            feature = layout.column(at["split_feature"])
            ensemble.branch(tree, node, feature=feature, value=at["threshold"], yes=yes, no=no)
        used = no + 1
        left += [(no, at["right_child"]), (yes, at["left_child"])]
