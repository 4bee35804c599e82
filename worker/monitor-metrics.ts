import { Counter, Gauge, type Registry } from 'prom-client'
import { checkName } from '../activities/monitor/finding.ts'
import type { Observer } from '../activities/engine.ts'
import type { WindowCheck, WindowRecord } from '../store/monitors.ts'

/** Label values beside the service, and the value. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** What monitors found last, by service. A check that its pipeline has no more has no series any more. */
export function monitorMetrics(registry: Registry): Observer['window'] {
  const newest = new Map<string, WindowRecord>()
  for (const { name, help, labels, samples } of GAUGES) {
    registry.registerMetric(
      new Gauge({
        name: `anneal_monitor_${name}`,
        help,
        labelNames: ['service', ...labels],
        registers: [],
        collect() {
          this.reset()
          for (const [service, window] of newest)
            for (const [own, value] of samples(window)) this.set({ service, ...own }, value)
        },
      }),
    )
  }
  const alerts = new Counter({
    name: 'anneal_monitor_alerts_total',
    help: 'Alerts that began while this worker evaluated',
    labelNames: ['service', 'check'],
    registers: [registry],
  })
  return (window, began) => {
    const { service } = window
    const names = new Set(window.checks.map(checkName))
    const gone = newest.get(service)?.checks.map(checkName) ?? []
    for (const check of gone.filter((name) => !names.has(name))) alerts.remove({ service, check })
    for (const check of began) alerts.inc({ service, check })
    newest.set(service, window)
  }
}

interface GaugeOf {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly samples: (window: WindowRecord) => readonly Sample[]
}

const GAUGES: readonly GaugeOf[] = [
  {
    name: 'drift',
    help: 'How far a feature is from its training',
    labels: ['feature', 'measure'],
    samples: ({ checks }) => of(checks, 'drift', (check) => [{ feature: check.of, ...measureOf(check) }, check.value]),
  },
  {
    name: 'drift_bound',
    help: 'Beyond it drift is a breach',
    labels: ['feature', 'measure'],
    samples: ({ checks }) => of(checks, 'drift', (check) => [{ feature: check.of, ...measureOf(check) }, check.bound]),
  },
  {
    name: 'missing',
    help: 'Share of requests in which a column that the feature reads was null',
    labels: ['feature'],
    samples: ({ checks }) => of(checks, 'missing', (check) => [{ feature: check.of }, check.value]),
  },
  {
    name: 'quality',
    help: 'A metric over predictions whose outcomes are known',
    labels: ['metric'],
    samples: ({ checks }) => of(checks, 'quality', (check) => [{ metric: check.of }, check.value]),
  },
  {
    name: 'breaches',
    help: 'Breaches of a check in a row',
    labels: ['check'],
    samples: ({ checks }) => checks.map((check) => [{ check: checkName(check) }, check.breaches]),
  },
  {
    name: 'budget_spent',
    help: 'Share of the error budget that is spent, beyond 1 too',
    labels: [],
    samples: ({ budgetSpent }) => (budgetSpent === null ? [] : [[{}, budgetSpent]]),
  },
  {
    name: 'window_end_seconds',
    help: 'Event time at which the newest window ends, since 1970',
    labels: [],
    samples: ({ end }) => [[{}, Date.parse(end) / 1000]],
  },
]

type Read = (check: WindowCheck) => readonly [Sample[0], number | null]

/** Those of a kind that had enough to say. */
function of(checks: readonly WindowCheck[], kind: WindowCheck['kind'], read: Read): readonly Sample[] {
  return checks.flatMap((check): Sample[] => {
    if (check.kind !== kind || check.value === null) return []
    const [labels, value] = read(check)
    return value === null ? [] : [[labels, value]]
  })
}

function measureOf({ measure }: WindowCheck): { readonly measure: string } {
  return { measure: measure ?? '' }
}
