import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DoctorCheck } from '../doctor.ts'

const GIB = 2 ** 30

export function nodeCheck(): DoctorCheck {
  const found = process.versions.node
  const enough = reaches(found, [20, 19])
  return enough
    ? { name: 'node', outcome: 'ok', found }
    : { name: 'node', outcome: 'fail', found, remedy: 'install node 20.19 or newer' }
}

export async function pythonCheck(): Promise<DoctorCheck> {
  const said = await Promise.all(['python3', 'python'].map(pythonVersion))
  const found = said.find((version) => version !== undefined && reaches(version, [3, 10])) ?? said.find(Boolean)
  if (found !== undefined && reaches(found, [3, 10])) return { name: 'python', outcome: 'ok', found }
  const remedy = 'install python 3.10 or newer; pipelines without a python step run without it'
  return { name: 'python', outcome: 'warn', found: found ?? 'no python3 on the PATH', remedy }
}

/** Writes, syncs and removes a probe in the store's folder, which is made where it is not there. */
export async function storeCheck(store: string): Promise<DoctorCheck> {
  const name = 'store'
  const probe = join(store, `.doctor-${randomUUID()}`)
  const began = performance.now()
  try {
    await mkdir(store, { recursive: true })
    await writeAndSync(probe)
    const millis = performance.now() - began
    const found = `'${store}' can be written, fsync works (${millis.toFixed(1)} ms)`
    if (millis < 500) return { name, outcome: 'ok', found }
    return { name, outcome: 'warn', found, remedy: 'use a faster disk: each result waits for two of these' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error'
    const remedy = 'check owner, mount and free space, or set `store` in anneal.config.json'
    return { name, outcome: 'fail', found: `'${store}' cannot be written (${code})`, remedy }
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

async function writeAndSync(path: string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile('probe')
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function diskCheck(folder: string): Promise<DoctorCheck> {
  const { bavail, bsize } = await statfs(nearestExisting(folder))
  const gib = (bavail * bsize) / GIB
  const found = `${gib.toFixed(1)} GiB free`
  if (gib >= 5) return { name: 'disk', outcome: 'ok', found }
  return { name: 'disk', outcome: gib < 0.5 ? 'fail' : 'warn', found, remedy: 'free space: 5 GiB leave room for runs' }
}

const EARLIEST = Date.UTC(2026, 0, 1)
const TOLERANCE_MILLIS = 5000

/** Compares the clock with the build's date and with the one of the disk that holds the store. */
export async function clockCheck(store: string): Promise<DoctorCheck> {
  const name = 'clock'
  const found = new Date().toISOString()
  const remedy = 'set the clock, and let the system keep it by NTP: approvals and certificates expire by it'
  if (Date.now() < EARLIEST) return { name, outcome: 'fail', found, remedy }
  const off = await diskClockOffset(nearestExisting(store))
  if (off === undefined || Math.abs(off) < TOLERANCE_MILLIS) return { name, outcome: 'ok', found }
  return { name, outcome: 'warn', found: `${found}, the store's disk differs by ${Math.round(off / 1000)} s`, remedy }
}

async function diskClockOffset(folder: string): Promise<number | undefined> {
  const probe = join(folder, `.doctor-clock-${randomUUID()}`)
  try {
    await (await open(probe, 'wx')).close()
    return (await stat(probe)).mtimeMs - Date.now()
  } catch {
    // The check of the store says what is wrong with it.
    return undefined
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path))
}

function pythonVersion(command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, ['--version'], { timeout: 10_000 }, (_, stdout) => resolve(/^Python (\S+)/.exec(stdout)?.[1]))
  })
}

function reaches(version: string, [leastMajor, leastMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}
