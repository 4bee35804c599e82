import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { aCall, aPool, temporaryFolder } from '../children/code-units.ts'
import { FEATURES, query } from './flight-examples.ts'
import { pythonUnit } from './trainer.ts'

// Nothing of the trainer is in it.
const SOURCE = `
import lightgbm, numpy, pyarrow.parquet

def run(input, context):
    table = pyarrow.parquet.read_table(input["table"])
    columns = [codes(table[name].to_pylist(), input["vocabularies"].get(name)) for name in input["features"]]
    matrix = numpy.array(columns, dtype=numpy.float32).T
    return lightgbm.Booster(model_file=input["model"]).predict(matrix).ravel().tolist()

def codes(values, vocabulary):
    if vocabulary is None: return values
    places = {string: place for place, string in enumerate(vocabulary)}
    return [places.get(value, 10_000) for value in values]
`

export interface Question {
  /** LightGBM's text. */
  readonly model: string
  /** Which is asked for all its rows. */
  readonly table: string
  /** Whose rows were trained on, in SQL. */
  readonly training: string
}

/** LightGBM's own answers, row by row: P(true), or each class's probability, or the prediction. */
export async function lightgbmAnswers({ model, table, training }: Question): Promise<readonly number[]> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'oracle.py'), SOURCE)
  const child = await (await aPool()).acquire(await pythonUnit(folder, { script: 'oracle.py', program: 'tabular' }))
  const vocabularies = Object.fromEntries(
    await Promise.all(
      FEATURES.filter(({ type }) => type === 'string').map(async ({ name }) => {
        const found = await query(`select distinct "${name}" as string from ${training} order by 1`)
        return [name, (found['string'] ?? []).map(String)] as const
      }),
    ),
  )
  const features = FEATURES.map(({ name }) => name)
  const answer = await child.run(await aCall({ input: { model, table, features, vocabularies } }))
  return answer as readonly number[] // by SOURCE
}
