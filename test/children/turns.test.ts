import { describe, expect, it } from 'vitest'
import { turns } from '../../activities/turns.ts'

const never = new AbortController().signal

describe('turns', () => {
  it('gives as many at once as it has, and the others as those leave, first come, first served', async () => {
    const two = turns(2)
    const begun: string[] = []
    expect([two.enter(never), two.enter(never)]).toEqual([undefined, undefined])
    const wait = async (name: string): Promise<void> => {
      await two.enter(never)
      begun.push(name)
    }
    const waiting = ['a', 'b', 'c'].map(wait)
    two.leave()
    await waiting[0]
    expect(begun).toEqual(['a'])
    two.leave()
    two.leave()
    await Promise.all(waiting)
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('is free again once all have left', () => {
    const one = turns(1)
    expect(one.enter(never)).toBeUndefined()
    one.leave()
    expect(one.enter(never)).toBeUndefined()
  })

  it('passes over whoever is cancelled while waiting', async () => {
    const one = turns(1)
    await one.enter(never)
    const cancel = new AbortController()
    const cancelled = one.enter(cancel.signal)
    const next = one.enter(never)
    cancel.abort(new Error('run cancelled'))
    await expect(cancelled).rejects.toThrow('run cancelled')
    one.leave()
    await next
    one.leave()
    expect(one.enter(never)).toBeUndefined()
  })

  it('takes no turn for whoever is cancelled already', async () => {
    const one = turns(1)
    await expect(one.enter(AbortSignal.abort(new Error('run cancelled')))).rejects.toThrow('run cancelled')
    expect(one.enter(never)).toBeUndefined()
  })
})
