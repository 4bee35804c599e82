"""Answers, as JSON, how many rows the reader finds for `CALL` and the sums of `COLUMNS`, by pandas and by polars.

python summed.py STATE_FOLDER '{"call": "dataset", "args": ["flights"], "columns": ["distance"]}'
"""

import json
import sys

import anneal_reader as anneal

state_folder, job = sys.argv[1], json.loads(sys.argv[2])
early = [name for name in ("pandas", "polars", "pyarrow") if name in sys.modules]
try:
    table = getattr(anneal.open(state_folder), job["call"])(*job["args"])
    pandas, polars = table.pandas(), table.polars()
    answer = {
        "name": table.name,
        "digest": table.digest,
        "early": early,
        "columns": list(pandas.columns),
        "pandas": [len(pandas), *(float(pandas[name].sum()) for name in job["columns"])],
        "polars": [polars.height, *(float(polars[name].sum()) for name in job["columns"])],
    }
except anneal.ReaderError as error:
    answer = {"code": error.code, "message": str(error)}
print(json.dumps(answer))
