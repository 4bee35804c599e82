import { describe, expect, it } from 'vitest'
import { monitorText } from '../../cli/monitors/monitor-text.ts'
import { overviewText } from '../../cli/monitors/overview-text.ts'
import { aHistory } from './a-history.ts'

const plain = { colour: false, last: 5 }

describe('anneal monitor', () => {
  it('shows windows, checks, what stands and what happened at 80 columns', () => {
    const text = monitorText(aHistory({ days: 42 }), { ...plain, width: 80 })
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
    expect(text).toMatchInlineSnapshot(`
      "flight-delay
        state       1 alert stands
        answers     flight-delay@1 since 2001-04-01 07:12
        traffic     generation 2, promoted, by run:flight-delay:20010401T000000-a1b2c3
        gateways    1 live
        window      number 42, to 2001-05-13, looked at 2026-02-01 10:04:14 UTC
        features    look up all that was known on 2001-05-13
        event time  2001-05-13 10:00, 14,400 times as fast as wall time

      window to   requests  failed  refused  p99 ms  model  broken
      2001-05-09     4,390       0        0    11.3  @1     origin_late_7d PSI!
      2001-05-10     3,610       0        0    12.3  @1     origin_late_7d PSI!
      2001-05-11     3,123       0        0    8.00  @1     origin_late_7d PSI!
      2001-05-12     3,296       0        0    9.51  @1     origin_late_7d PSI!
      2001-05-13     4,000       0        0    10.4  @1     origin_late_7d PSI!

                                bound           05-10    05-11    05-12    05-13
      drift
      origin_late_7d PSI        at most 0.21     0.62!    0.76!    0.90!    1.04!
      origin_late_7d KS         at most 0.3      0.20     0.23     0.26     0.29
      origin_delay_6h PSI       at most 0.2     0.089    0.083     0.10     0.12
      destination_late_24h PSI  at most 0.2      0.14     0.13     0.16     0.19
      origin JS                 at most 0.1     0.035    0.028    0.031    0.034
      distance KS               at most 0.1     0.012    0.007    0.009    0.011
      quality
      auc                       at least 0.68  0.7006   0.6865   0.6931   0.6984
      brier                     at most 0.15   0.1349   0.1279   0.1312   0.1338
      missing %
      distance                  at most 1 %         0        0        0        0
      latency ms
      p99                       at most 80 ms    12.4     8.40     9.40     10.4
      requests %
      failed                    at most 0.1 %       0        0        0        0
      without mark: within its bound; * breach; ! alert; - not enough to say

      standing alerts
        drift of origin_late_7d (PSI)
          1.04, wanted at most 0.21; 11 in a row, since 2001-05-03

      alerts and retrains
        2001-05-05  alert: drift of origin_late_7d (PSI)
          0.35, wanted at most 0.21
        2001-05-05 04:48  retrain ordered, cause drift
          origin_late_7d: psi 0.35, bound 0.21; run:flight-delay:drift-20010507: no
          model of it has come up for approval or traffic so far"
    `)
  })

  it('has room for more windows at 120 columns, and shows canaries', () => {
    const text = monitorText(aHistory({ days: 46.5 }), { ...plain, last: 14, width: 120 })
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120)
    expect(text).toMatchInlineSnapshot(`
      "flight-delay
        state       3 alerts stand
        answers     flight-delay@1 since 2001-04-01 07:12
        canary      flight-delay@2 with 25 % of traffic
        traffic     generation 5, canary, by run:flight-delay:drift-20010507
        gateways    1 live
        window      number 46, to 2001-05-17, looked at 2026-02-01 10:04:38 UTC
        features    look up all that was known on 2001-05-17 12:00
        event time  2001-05-17 22:00, 14,400 times as fast as wall time

      window to   requests  failed  refused  p99 ms  model  broken
      2001-05-04     3,123       0        0    11.3  @1     origin_late_7d PSI*
      2001-05-05     3,296       0        3    12.3  @1     origin_late_7d PSI!
      2001-05-06     4,000       0        0    8.00  @1     origin_late_7d PSI!
      2001-05-07     4,704       0        0    9.51  @1     origin_late_7d PSI!
      2001-05-08     4,877       0        0    10.4  @1     origin_late_7d PSI!
      2001-05-09     4,390       0        0    11.3  @1     origin_late_7d PSI!
      2001-05-10     3,610       0        0    12.3  @1     origin_late_7d PSI!
      2001-05-11     3,123       0        0    8.00  @1     origin_late_7d PSI!
      2001-05-12     3,296       0        0    9.51  @1     origin_late_7d PSI!
      2001-05-13     4,000       0        0    10.4  @1     origin_late_7d PSI!
      2001-05-14     4,704       0        0    11.3  @1     origin_late_7d PSI!, origin_late_7d KS*
      2001-05-15     4,877       0        0    12.3  @1     origin_late_7d PSI!, origin_late_7d KS*, destination_late_24h PSI*
      2001-05-16     4,390       0        0    8.00  @1     origin_late_7d PSI!, origin_late_7d KS!, destination_late_24h PSI*
      2001-05-17     3,610       0        0    9.51  @1     origin_late_7d PSI!, origin_late_7d KS!, destination_late_24h PSI!

                                bound           05-09    05-10    05-11    05-12    05-13    05-14    05-15    05-16    05-17
      drift
      origin_late_7d PSI        at most 0.21     0.57!    0.62!    0.76!    0.90!    1.04!    1.19!    1.33!    1.47!    1.61!
      origin_late_7d KS         at most 0.3      0.18     0.20     0.23     0.26     0.29     0.32*    0.35*    0.38!    0.41!
      destination_late_24h PSI  at most 0.2      0.11     0.14     0.13     0.16     0.19     0.18     0.22*    0.23*    0.23!
      origin_delay_6h PSI       at most 0.2     0.070    0.089    0.083     0.10     0.12     0.11     0.14     0.15     0.15
      origin JS                 at most 0.1     0.029    0.035    0.028    0.031    0.034    0.027    0.033    0.032    0.028
      distance KS               at most 0.1     0.007    0.012    0.007    0.009    0.011    0.006    0.011    0.010    0.006
      quality
      auc                       at least 0.68  0.6884   0.7006   0.6865   0.6931   0.6984   0.6847   0.6977   0.6941   0.6859
      brier                     at most 0.15   0.1289   0.1349   0.1279   0.1312   0.1338   0.1270   0.1335   0.1317   0.1276
      missing %
      distance                  at most 1 %         0        0        0        0        0        0        0     0.12        0
      latency ms
      p99                       at most 80 ms    11.4     12.4     8.40     9.40     10.4     11.4     12.4     8.40     9.40
      requests %
      failed                    at most 0.1 %       0        0        0        0        0        0        0        0        0
      without mark: within its bound; * breach; ! alert; - not enough to say

      standing alerts
        drift of origin_late_7d (PSI)
          1.61, wanted at most 0.21; 15 in a row, since 2001-05-03
        drift of origin_late_7d (KS)
          0.41, wanted at most 0.3; 4 in a row, since 2001-05-14
        drift of destination_late_24h (PSI)
          0.23, wanted at most 0.2; 3 in a row, since 2001-05-15

      alerts and retrains
        2001-05-05  alert: drift of origin_late_7d (PSI)
          0.35, wanted at most 0.21
        2001-05-05 04:48  retrain ordered, cause drift
          origin_late_7d: psi 0.35, bound 0.21; run:flight-delay:drift-20010507: its canary goes on
        2001-05-15  alert: drift of origin_late_7d (KS)
          0.35, wanted at most 0.3
        2001-05-15 04:48  retrain declined, cause drift
          origin_late_7d: ks 0.33, bound 0.3; cool-down: expected 14 days since the last one, got 10 days"
    `)
  })

  it('says that there is no window yet', () => {
    expect(monitorText({ ...aHistory({ days: 1 }), windows: [], gateways: [] }, { ...plain, width: 80 }))
      .toMatchInlineSnapshot(`
        "flight-delay
          state       no window has been looked at yet
          answers     flight-delay@1 since 2001-04-01 07:12
          traffic     generation 2, promoted, by run:flight-delay:20010401T000000-a1b2c3
          gateways    none lives: start one with \`anneal serve\`
          window      none: no step is over, or the pipeline declares no \`monitor\`
          features    look up what the model was trained on
          event time  2001-04-02 10:00, 14,400 times as fast as wall time"
      `)
  })

  it('lists all services, a line each', () => {
    expect(overviewText([], { colour: false, width: 80 })).toMatchInlineSnapshot(
      `"no services yet: run a pipeline with \`canary\`"`,
    )
    const other = { ...aHistory({ days: 1 }), service: 'churn', windows: [] }
    expect(overviewText([aHistory({ days: 45 }), other], { colour: false, width: 80 })).toMatchInlineSnapshot(`
      "service       state          window to   answers         alerts
      flight-delay  2 alerts       2001-05-16  flight-delay@1  drift of origin_late_7…
      churn         no window yet              flight-delay@1"
    `)
  })

  it('colours what is broken', () => {
    const text = monitorText(aHistory({ days: 42 }), { colour: true, last: 5, width: 80 })
    expect(text).toContain('\u001b[31m1.04!\u001b[39m')
  })
})
