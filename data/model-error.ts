/**
 * | code | meaning |
 * |---|---|
 * | `model-unreadable` | a file that is no ONNX model, or one that onnxruntime refuses |
 * | `model-external-data` | weights outside of the file, which its digest does not cover |
 * | `model-input` | an input that is not one column of a feature's type, is none of the features, or is missing |
 * | `model-output` | an output other than the one of the task |
 * | `model-classes` | classes that are not those of the task |
 * | `model-failed` | onnxruntime could not compute a prediction |
 * | `model-not-finite` | a prediction that is NaN or infinite |
 */
export type ModelErrorCode =
  | 'model-unreadable'
  | 'model-external-data'
  | 'model-input'
  | 'model-output'
  | 'model-classes'
  | 'model-failed'
  | 'model-not-finite'

/**
 * A model that cannot be used as it is: trying again does not help. Without a cause, for the messages of onnxruntime
 * hold absolute paths.
 */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly code: ModelErrorCode

  constructor(code: ModelErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
