import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { aCall, aPool, temporaryFolder } from '../children/code-units.ts'
import { FEATURES } from './flight-examples.ts'
import { pythonUnit } from './trainer.ts'

// Nothing of the trainer is in it but what it has trained: weights by their names in a checkpoint.
const SOURCE = `
import pyarrow.parquet, torch

def run(input, context):
    weights = torch.load(input["checkpoint"], weights_only=True)["network"]
    training, asked = (pyarrow.parquet.read_table(input[name]) for name in ("training", "asked"))
    numbers, embedded = [], []
    for name in input["features"]:
        seen, values = training[name].to_pylist(), asked[name].to_pylist()
        if isinstance(seen[0], str):
            embedded.append(embed(seen, values, weights[f"embeddings.{len(embedded)}.weight"]))
        else:
            seen, values = (torch.tensor(column, dtype=torch.float64) for column in (seen, values))
            numbers.append(((values - seen.mean()) / seen.std(correction=0))[:, None].float())
    rows = torch.cat(numbers + embedded, dim=1)
    hidden = sum(name.startswith("hidden.") for name in weights) // 2
    for at in range(hidden):
        rows = torch.relu(torch.nn.functional.linear(rows, weights[f"hidden.{at}.weight"], weights[f"hidden.{at}.bias"]))
    scores = torch.nn.functional.linear(rows, weights["scores.weight"], weights["scores.bias"])
    return answer(input["task"], scores, training["$label"].to_pylist()).double().flatten().tolist()

def embed(seen, values, table):
    places = {string: place for place, string in enumerate(sorted(set(seen)))}
    unknown = table[[places[string] for string in seen]].mean(dim=0)
    return torch.stack([table[places[value]] if value in places else unknown for value in values])

def answer(task, scores, label):
    if task == "multiclass": return torch.softmax(scores, dim=1)
    if task == "binary": return torch.cat([torch.sigmoid(-scores), torch.sigmoid(scores)], dim=1)
    label = torch.tensor(label, dtype=torch.float64)
    return scores * label.std(correction=0) + label.mean()
`

export interface Question {
  readonly task: 'binary' | 'multiclass' | 'regression'
  /** Path of the trainer's last checkpoint. */
  readonly checkpoint: string
  /** Paths of tables: the rows that were trained on, and those that are asked about. */
  readonly training: string
  readonly asked: string
}

/** Torch's own answers, row by row. */
export async function torchAnswers(question: Question): Promise<readonly number[]> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'oracle.py'), SOURCE)
  const child = await (await aPool()).acquire(await pythonUnit(folder, { script: 'oracle.py', program: 'torch' }))
  const input = { ...question, features: FEATURES.map(({ name }) => name) }
  return (await child.run(await aCall({ input }))) as readonly number[] // by SOURCE
}
