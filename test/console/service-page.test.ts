import { describe, expect, it } from 'vitest'
import { servicePage } from '../../console/service-page.ts'
import type { ServiceRecords } from '../../console/service-records.ts'
import type { WindowRecord } from '../../store/monitors.ts'
import { aHistory } from './a-history.ts'

const occurrences = (page: string, part: string): number => page.split(part).length - 1

const unchecked = (window: WindowRecord): WindowRecord => ({ ...window, checks: [] })
const unasked = (window: WindowRecord): WindowRecord => {
  return { ...window, counts: { answered: 0, failed: 0, refused: 0, latency: [], byVersion: {} } }
}
const waiting = (window: WindowRecord): WindowRecord => {
  return { ...window, checks: window.checks.map((check) => Object.assign({}, check, { value: null, state: 'wait' })) }
}

describe('the page of a service', () => {
  it('tells what answers, what stands and since when, in words', () => {
    const page = servicePage(aHistory({ days: 42 }))
    expect(page).toContain('<strong>1 alert stands</strong>')
    expect(page).toContain('flight-delay@1, since 1 Apr 2001 07:12')
    expect(page).toContain('12 May 2001 to 13 May 2001 (number 42): 4,000 requests, 0 failed')
    expect(page).toMatch(/drift of origin_late_7d \(PSI\)<\/strong>\s*<span class="result fail">1\.04<\/span>/)
    expect(page).toMatch(/wanted at most 0\.21 \(declared 0\.2;/)
    expect(page).toContain('11 windows in a row, since the window to 3 May 2001')
    expect(page).toMatch(/retrain ordered, cause drift.*no\s+model of it has come up for approval or traffic so far/s)
  })

  it('draws a plot a check, with each breach and each alert marked, and what each window was when pointed at', () => {
    const records = aHistory({ days: 42 })
    const page = servicePage(records)
    const checks = records.windows.flatMap((window) => window.checks)
    const breaches = checks.filter(({ state }) => state === 'breach')
    expect(occurrences(page, 'class="dot alert"')).toBe(breaches.filter(({ alert }) => alert).length)
    expect(occurrences(page, 'class="dot breach"')).toBe(breaches.filter(({ alert }) => !alert).length)
    expect(occurrences(page, '<figure class="plot">')).toBe(records.windows.at(-1)?.checks.length)
    expect(page).toContain(
      'aria-label="drift of origin_late_7d (PSI), wanted at most 0.21: 0.057 to 1.04 in 42 windows, last 1.04"',
    )
    expect(page).toContain('<title>window to 10 May 2001: 0.62, at most 0.21; 35,000 rows; alert, 8 in a row</title>')
    expect(page).toContain('<title>window to 4 Apr 2001: no value, at most 0.21; 120 rows; wait</title>')
  })

  it('draws by powers where the largest value dwarfs the bound', () => {
    expect(servicePage(aHistory({ days: 42 }))).not.toContain('log scale')
    expect(servicePage(aHistory({ days: 47 }))).toContain('at most 0.21, log scale')
  })

  it('shows who answered when, and what became of a retrain', () => {
    const page = servicePage(aHistory({ days: 61 }))
    expect(page).toContain('<strong>no alert stands</strong>')
    expect(page).toContain('<title>flight-delay@1: 1 Apr 2001 07:12 to 18 May 2001</title>')
    expect(page).toContain('<title>flight-delay@2, up to 25 % of traffic: 16 May 2001 02:24 to 18 May 2001</title>')
    expect(page).toContain('run:flight-delay:drift-20010507: flight-delay@2 serving')
    expect(page).toMatch(/retrain declined, cause drift/)
    expect(occurrences(page, 'class="mark alert"')).toBe(2)
    expect(page).toMatch(/class="mark retrain declined"/)
  })

  it('keeps a year of windows small: steps share an area, tables end', () => {
    const page = servicePage(aHistory({ days: 400 }))
    expect(page.length).toBeLessThan(700_000)
    expect(page).toContain('The last 60 windows')
  })

  it('asks for nothing from elsewhere', () => {
    const page = servicePage(aHistory({ days: 61 }))
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|base|form)\b|@import|url\(|\b(?:src|href)=/)
  })

  it('shows hostile names as they are', () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'
    const history = aHistory({ days: 10 })
    const page = servicePage({
      ...history,
      service: evil,
      windows: history.windows.map((window) => ({
        ...window,
        model: evil,
        counts: { ...window.counts, byVersion: { [evil]: 10 } },
        checks: window.checks.map((check) => ({ ...check, of: evil })),
      })),
      entries: history.entries.map((entry) => Object.assign({}, entry, { by: evil })),
    })
    expect(page).not.toMatch(/<script|<img/)
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
  })
})

describe('where something is not there, the page says so', () => {
  const history = aHistory({ days: 20 })
  const without = (more: Partial<ServiceRecords>): string => servicePage({ ...history, ...more })
  const [first] = history.generations

  it.each([
    ['no window', { windows: [] }, /<h2>No window yet<\/h2>/],
    ['no gateway', { gateways: [] }, /none lives: nobody is answered/],
    ['no model', { generations: [{ ...first, candidate: null, until: null }] as const }, /<dd>nothing yet<\/dd>/],
    ['nothing happened', { entries: [] }, /<h2>Windows<\/h2>/],
    ['no check', { windows: history.windows.map(unchecked) }, /<strong>no alert stands/],
    [
      'no request',
      {
        windows: history.windows.map(unasked),
      },
      /No request failed or was refused/,
    ],
    [
      'nothing but waits',
      {
        windows: history.windows.slice(0, 1).map(waiting),
      },
      /too little traffic to say anything yet/,
    ],
  ])('%s', (_, more, says) => {
    const page = without(more)
    expect(page).toMatch(says)
    expect(page).not.toMatch(/NaN|undefined|Infinity|Invalid/)
  })

  it('no quality and no drift: no section of theirs', () => {
    const page = without({ windows: history.windows.map(unchecked) })
    expect(page).not.toMatch(/<h2>(?:Drift|Quality|Missing)/)
  })
})
