import { binaryMeasure, type BinaryExamples } from './binary.ts'
import type { Measure } from './measure.ts'
import { multiclassMeasure, type MulticlassExamples } from './multiclass.ts'
import { regressionMeasure, type RegressionExamples } from './regression.ts'

/** What happened beside what a model said, row by row. */
export type Examples = BinaryExamples | MulticlassExamples | RegressionExamples

/** Throws `StatsError` where a prediction is not finite or none of its kind. */
export function measureOf(examples: Examples): Measure {
  switch (examples.task) {
    case 'binary':
      return binaryMeasure(examples)
    case 'multiclass':
      return multiclassMeasure(examples)
    case 'regression':
      return regressionMeasure(examples)
  }
}

/** The examples of these rows, in their order. */
export function pick(examples: Examples, rows: Uint32Array): Examples {
  switch (examples.task) {
    case 'binary': {
      const { task, labels, probabilities } = examples
      return {
        task,
        labels: Uint8Array.from(rows, (row) => labels[row] ?? 0),
        probabilities: Float32Array.from(rows, (row) => probabilities[row] ?? 0),
      }
    }
    case 'multiclass': {
      const { task, classes, labels, probabilities } = examples
      return {
        task,
        classes,
        labels: Int32Array.from(rows, (row) => labels[row] ?? 0),
        probabilities: Float32Array.from(
          { length: rows.length * classes },
          (_, cell) => probabilities[(rows[Math.floor(cell / classes)] ?? 0) * classes + (cell % classes)] ?? 0,
        ),
      }
    }
    case 'regression': {
      const { task, labels, predictions } = examples
      return {
        task,
        labels: Float64Array.from(rows, (row) => labels[row] ?? 0),
        predictions: Float32Array.from(rows, (row) => predictions[row] ?? 0),
      }
    }
  }
}
