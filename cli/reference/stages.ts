/** A part of docs/language.md, and what of the language belongs to it: names by the module of `dsl/` that declares them. */
interface Stage {
  readonly title: string
  readonly said: string
  readonly modules: readonly (readonly [module: string, ...names: string[]])[]
}

/** In the order of docs/language.md. */
export const STAGES: readonly Stage[] = [
  {
    title: 'Contracts',
    said: 'What a table promises. Column types are those of `z`, which is [zod](https://zod.dev) 4, and these.',
    modules: [
      ['contract.ts', 'contract', 'Contract'],
      ['columns.ts', 'int64', 'decimal', 'timestamp'],
      ['expression.ts', 'Decimal', 'Timestamp'],
      ['column-meta.ts', 'ColumnMetaInput', 'ExpectationsInput'],
    ],
  },
  {
    title: 'Features',
    said: 'Expressions over the row of a contract, and over the past.',
    modules: [
      ['features.ts', 'features', 'FeatureSet'],
      ['expression.ts', 'NumberExpression', 'ExactExpression', 'BooleanExpression', 'CategoryExpression'],
      ['expression.ts', 'TimeExpression', 'NullableExpression'],
      ['when.ts', 'when'],
      ['past.ts', 'latest', 'history'],
      ['aggregate.ts', 'count', 'share', 'sum', 'mean', 'min', 'max', 'stddev', 'Aggregate'],
    ],
  },
  {
    title: 'Labels and models',
    said: 'What is learned from what, and by which program.',
    modules: [
      ['label.ts', 'label', 'Label'],
      ['model.ts', 'model', 'Model', 'InputOf', 'RequestOf'],
      ['trainer.ts', 'tabular', 'torch', 'Trainer'],
    ],
  },
  {
    title: 'A lifecycle',
    said: 'From sources to a model that is served and watched.',
    modules: [
      ['pipeline.ts', 'pipeline', 'Pipeline', 'CommonOptions', 'OperationOptions', 'TrainOptions'],
      ['lifecycle/lifecycle.ts', 'LifecycleOptions'],
      ['lifecycle/source.ts', 'parquet', 'csv', 'SourceOptions', 'CsvOptions'],
      ['best.ts', 'best', 'MetricOf', 'BestOptions'],
      ['lifecycle/best-model.ts', 'BestModelOptions'],
      ['lifecycle/gates.ts', 'GateOptions', 'FairnessGates', 'FairnessLimits'],
      ['limits.ts', 'atLeast', 'atMost', 'notWorseBy'],
      ['lifecycle/approval.ts', 'Approval', 'Separation'],
      ['lifecycle/canary.ts', 'Canary', 'RollbackOn'],
      ['lifecycle/monitor.ts', 'Monitor', 'Windows', 'DriftBound', 'Slo', 'Retrain'],
      ['lifecycle/schedule.ts', 'Schedule', 'cron', 'every', 'trigger'],
      ['lifecycle/stage-policy.ts', 'Stage', 'Retention', 'CostCap'],
      ['units.ts', 'Duration', 'Percent'],
    ],
  },
  {
    title: 'Steps',
    said: "Code of one's own, alone or beside a lifecycle.",
    modules: [
      ['task.ts', 'task', 'Task', 'TaskOptions'],
      ['step.ts', 'TaskContext'],
      ['python.ts', 'python', 'Script', 'ScriptOptions'],
      ['step-policy.ts', 'StepPolicy', 'Resources', 'Memory'],
      ['step.ts', 'Step', 'AnyStep', 'StepOptions'],
      ['each.ts', 'each'],
      ['parameter.ts', 'parameter'],
      ['file.ts', 'file', 'localFile', 'LocalFile'],
      ['reference.ts', 'Ref', 'RefOf', 'Bind'],
    ],
  },
]
