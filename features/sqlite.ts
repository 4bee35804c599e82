import { readFileSync } from 'node:fs'
import type Libsql from 'libsql'

export type SqliteDatabase = Libsql.Database

/**
 * libsql asks Node for a diagnostic report, only to learn which C library there is. A report waits for every thread to
 * answer, and the one that holds a child's lifeline waits in a read: the process would stand still for ever.
 */
async function withoutReport<T>(load: () => Promise<T>): Promise<T> {
  const getReport = process.report.getReport.bind(process.report)
  process.report.getReport = () => ({ header: isMusl() ? {} : { glibcVersionRuntime: 'some' } })
  try {
    return await load()
  } finally {
    process.report.getReport = getReport
  }
}

function isMusl(): boolean {
  try {
    return readFileSync('/usr/bin/ldd', 'utf8').includes('musl')
  } catch {
    return false
  }
}

const { default: Database } = await withoutReport(() => import('libsql'))

export function openDatabase(location: string): SqliteDatabase {
  return new Database(location)
}
