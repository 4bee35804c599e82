import type { LoadedGeneration } from './loaded-generation.ts'
import type { ServedModel } from './served-model.ts'

export const SERVER = { name: 'anneal', version: '0.1.0', extensions: ['binary_tensor_data', 'outcomes'] }

/** What the protocol calls a model's metadata. */
export function metadataOf(service: string, { stable, candidate }: LoadedGeneration, model: ServedModel): object {
  const versions = [stable, candidate].filter((one) => one !== null).map((one) => String(one.model.served.version))
  const { output, classes } = model
  const isClassifier = output.name === 'probabilities'
  return {
    name: service,
    versions: [...new Set(versions)],
    platform: 'anneal_onnx',
    inputs: model.rows.columns.map(({ name, datatype, nullable }) => {
      const parameters = { optional: nullable || name === model.rows.time }
      return { name, datatype, shape: [-1], parameters }
    }),
    outputs: [
      {
        name: output.name,
        datatype: 'FP32',
        shape: [-1, output.width],
        ...(isClassifier && { parameters: { classes: classes ?? ['false', 'true'] } }),
      },
    ],
    parameters: { model: model.served.model, digest: model.served.rootDigest },
  }
}
