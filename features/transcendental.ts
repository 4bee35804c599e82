import type { DuckDBConnection } from '@duckdb/node-api'
import { toFloat32 } from './float32.ts'

/**
 * IEEE 754 fixes the result of `+`, `/` and `sqrt`, and not of these: DuckDB's C library and V8 differ in the last bit.
 * So SQL calls these very functions, a vector at a time, which costs some 0.2 µs a row.
 */
export const TRANSCENDENTAL = { ln, exp } as const

function ln(x: number): number | null {
  return x > 0 ? Math.log(x) : null
}

function exp(x: number): number | null {
  const power = Math.exp(x)
  return toFloat32(power) === null ? null : power
}

/** The SQL name of one of them. */
export function transcendentalName(name: keyof typeof TRANSCENDENTAL): string {
  return `anneal_${name}`
}

export async function registerTranscendental(connection: DuckDBConnection): Promise<void> {
  // Costs 0.1 s to load, and gateways and workers want the numbers alone.
  const { DOUBLE, DuckDBScalarFunction } = await import('@duckdb/node-api')
  for (const name of ['ln', 'exp'] as const) {
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: transcendentalName(name),
        parameterTypes: [DOUBLE],
        returnType: DOUBLE,
        mainFunction: (_, input, output) => {
          const of = input.getColumnVector(0)
          for (let row = 0; row < input.rowCount; row++) {
            const x = of.getItem(row)
            output.setItem(row, typeof x === 'number' ? TRANSCENDENTAL[name](x) : null)
          }
          output.flush()
        },
      }),
    )
  }
}
