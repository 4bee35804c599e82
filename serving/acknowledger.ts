import type { Acknowledgement, Acknowledgements } from '../store/acknowledgements.ts'

export interface Acknowledger {
  /** Puts what the service says of itself at this moment into the store; calls follow each other. */
  readonly put: () => Promise<void>
  readonly withdraw: () => Promise<void>
}

export interface AcknowledgerOptions {
  readonly service: string
  readonly acknowledgements: Acknowledgements
  readonly say: () => Omit<Acknowledgement, 'until'>
}

/** One that is not renewed counts as dead after this. */
const LIVES_MILLIS = 5000

export function acknowledger({ service, acknowledgements, say }: AcknowledgerOptions): Acknowledger {
  let n = 0
  let isWithdrawn = false
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.catch(() => {}).then(work)
    return turn
  }
  return {
    put: () =>
      inTurn(async () => {
        if (isWithdrawn) return
        n += 1
        const until = new Date(Date.now() + LIVES_MILLIS).toISOString()
        await acknowledgements.put(service, { ...say(), until }, n)
      }),
    withdraw: () =>
      inTurn(async () => {
        isWithdrawn = true
        await acknowledgements.withdraw(service, say().gateway)
      }),
  }
}
