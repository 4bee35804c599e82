import { z } from 'zod'
import { phantom } from './phantom.ts'

declare const params: unique symbol

/** A shipped training program and the parameters that it takes. */
export interface Trainer<Params> {
  readonly program: 'tabular' | 'torch'
  readonly algorithm: string
  /** 0: no GPU. */
  readonly gpus: number
  readonly schema: z.ZodType<TrainerParams>
  readonly [params]: Params
}

/** A trainer's parameters with every default written out. */
export type TrainerParams = Readonly<Record<string, number | string | boolean>>

const count = z.int().positive()
const share = z.number().positive().max(1)

const TABULAR = {
  lightgbm: z.strictObject({
    rounds: count.default(100),
    leaves: count.min(2).default(31),
    learning_rate: z.number().positive().default(0.1),
    min_rows_in_leaf: count.default(20),
    feature_share: share.default(1),
    row_share: share.default(1),
    l2: z.number().nonnegative().default(0),
    /** Rounds between checkpoints. Training always goes in such segments, so it is part of the result. */
    segment_rounds: count.default(20),
  }),
  linear: z.strictObject({ l2: z.number().nonnegative().default(1), iterations: count.default(1000) }),
  'random-forest': z.strictObject({
    trees: count.default(200),
    min_rows_in_leaf: count.default(5),
    feature_share: share.default(0.5),
  }),
}

const TORCH = z.strictObject({
  epochs: count.default(20),
  /** Units of a hidden layer. */
  width: count.default(128),
  /** Hidden layers. */
  depth: count.default(2),
  batch_rows: count.default(4096),
  /** Of the first step; it falls to 0 along half a cosine. */
  learning_rate: z.number().positive().default(0.001),
  weight_decay: z.number().nonnegative().default(0),
  dropout: z.number().nonnegative().lt(1).default(0),
  /** Steps, of a batch each, between checkpoints. It changes nothing in the model. */
  checkpoint_steps: count.default(200),
})

type Tabular = typeof TABULAR

/** LightGBM, or scikit-learn's linear models and random forests. Runs on CPUs. */
export function tabular<A extends keyof Tabular>(options: {
  /** Decides which parameters the model may have. */
  readonly algorithm: A
}): Trainer<z.input<Tabular[A]>> {
  return phantom({ program: 'tabular', algorithm: options.algorithm, gpus: 0, schema: TABULAR[options.algorithm] })
}

/** A neural network by PyTorch: an embedding of each string, hidden layers, AdamW. */
export function torch({
  gpus = 0,
}: {
  /** Default 0: it trains on CPUs; else on the GPU queue and on one GPU of the worker, or on its CPUs where it has none. */
  readonly gpus?: number
} = {}): Trainer<z.input<typeof TORCH>> {
  return phantom({ program: 'torch', algorithm: 'mlp', gpus, schema: TORCH })
}
