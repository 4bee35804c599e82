import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identityOf, isAlive, ownIdentity } from '../../store/process-identity.ts'

test('a process is alive until it ends, even unreaped', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const identity = identityOf(child.pid)
  expect(identity?.pid).toBe(child.pid)
  expect(identity && isAlive(identity)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(identity && isAlive(identity)).toBe(false)
  expect(identityOf(child.pid)).toBeUndefined()
})

test('a zombie is dead', async () => {
  // The shell starts a child that ends at once, and becomes a program that never waits for it.
  const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const printed: readonly unknown[] = await once(shell.stdout, 'data')
  const zombie = Number(String(printed[0]))
  await expect.poll(() => identityOf(zombie)).toBeUndefined()
  shell.kill('SIGKILL')
  await once(shell, 'exit')
})

test('a stopped process is alive', async () => {
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const identity = identityOf(child.pid)
  child.kill('SIGSTOP')
  expect(identity && isAlive(identity)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('a pid given again to another process is not the one meant', () => {
  expect(isAlive({ ...ownIdentity(), startedAt: 'earlier' })).toBe(false)
})

test('nothing can be said about processes of another host', () => {
  expect(isAlive({ ...ownIdentity(), host: 'elsewhere' })).toBeUndefined()
})

test('names of hosts and times of start may stand in file names', () => {
  expect(ownIdentity().host).toMatch(/^[A-Za-z0-9.:-]+$/)
  expect(ownIdentity().startedAt).toMatch(/^[A-Za-z0-9-]+$/)
})
