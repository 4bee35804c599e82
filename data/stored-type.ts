import type { ColumnType } from '../dsl/columns.ts'

/** The DuckDB type in which a column is stored. Instants are in UTC. */
export function storedType(type: ColumnType): string {
  switch (type.kind) {
    case 'string':
    case 'enum':
      return 'VARCHAR'
    case 'boolean':
      return 'BOOLEAN'
    case 'number':
      return 'DOUBLE'
    case 'integer':
    case 'int64':
      return 'BIGINT'
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'instant':
      return 'TIMESTAMP'
  }
}
