import { setTimeout as pause } from 'node:timers/promises'
import type { Engine } from '../engine.ts'
import { whileHeartbeating } from '../heartbeat.ts'

const LOOK_MILLIS = 1000

export interface TurnRequest {
  /** The workflow that has the service. */
  readonly workflowId: string
}

/** Waits until no canary has the service. Two that wait find each other there again, and one waits on. */
export function awaitTurn(engine: Engine, { workflowId }: TurnRequest): Promise<void> {
  return whileHeartbeating(async (signal) => {
    while (await engine.isRunning(workflowId)) await pause(LOOK_MILLIS, undefined, { signal })
  })
}
