/** Beside the style of all pages: wider, with plots that keep their text's size. */
export const PLOT_STYLE = `
:root { --v0: #2f5fd0; --v1: #12876f; --v2: #8a4fc7; --v3: #9a7b0a; --v4: #3d8fb8; --v5: #6b7280; --warn: #8a5a00;
  --warn-back: #fbeecb; --name: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --v0: #7ea6ff; --v1: #4fcfae; --v2: #c39bf2; --v3: #dfc04a; --v4: #7cc7e8;
  --v5: #aab2bf; --warn: #f2c561; --warn-back: #43350f; --name: #12161c; } }
body { max-width: 76rem; }
header .verdict { margin-right: 0.5rem; }
.verdict.waits, .result.waits { background: var(--line); color: var(--ink); }
.verdict.warn, .result.warn { background: var(--warn-back); color: var(--warn); }
dl.state { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.25rem; margin: 0.9rem 0 0; }
dl.state dt { color: var(--soft); }
dl.state dd { margin: 0; overflow-wrap: anywhere; }
.alerts { margin: 0; padding: 0; list-style: none; }
.alerts li { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
.alerts li:last-child { border-bottom: 0; padding-bottom: 0; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1.25rem 2rem; }
.multiples .odd { display: none; }
.plot { margin: 0; min-width: 0; }
.plot.wide { margin-top: 1rem; }
.plot figcaption { display: flex; flex-wrap: wrap; gap: 0.15rem 0.6rem; align-items: baseline; margin-bottom: 0.5rem;
  overflow-wrap: anywhere; }
.plot figcaption .facts { flex-basis: 100%; }
.plot.wide figcaption { color: var(--soft); }
.frame { display: flex; }
svg.labels, svg.area, svg.mark { max-width: none; overflow: visible; }
svg.labels { flex: none; width: auto; }
svg.area { flex: 1; min-width: 0; width: 100%; }
.frame polyline, .frame line { vector-effect: non-scaling-stroke; }
.frame .curve { stroke-linecap: round; stroke-linejoin: round; stroke-width: 1.75; }
.bound { fill: none; stroke: var(--bad); stroke-width: 1; stroke-dasharray: 4 3; }
.beyond { fill: var(--bad-back); opacity: 0.45; }
.dot.alert { fill: var(--bad); }
.dot.breach { fill: var(--card); stroke: var(--bad); stroke-width: 1.5; }
.change { stroke: var(--ink); stroke-dasharray: 1 3; }
.hit { fill: transparent; }
.hit:hover { fill: var(--ink); fill-opacity: 0.08; }
.band, .bar, .key { fill: var(--v0); background: var(--v0); }
.band.v1, .bar.v1, .key.v1 { fill: var(--v1); background: var(--v1); }
.band.v2, .bar.v2, .key.v2 { fill: var(--v2); background: var(--v2); }
.band.v3, .bar.v3, .key.v3 { fill: var(--v3); background: var(--v3); }
.band.v4, .bar.v4, .key.v4 { fill: var(--v4); background: var(--v4); }
.band.v5, .bar.v5, .key.v5 { fill: var(--v5); background: var(--v5); }
.bar.failed { fill: var(--bad); }
.bar.refused { fill: var(--soft); }
.bar.latency { fill: var(--soft); opacity: 0.55; }
svg text.name { fill: var(--name); font-size: 11px; font-weight: 600; }
.mark.alert { fill: var(--bad); }
.mark.retrain { fill: var(--accent); }
.mark.declined { fill: var(--card); stroke: var(--accent); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0 0 0.75rem; padding: 0; list-style: none;
  color: var(--soft); }
.key { display: inline-block; width: 0.75rem; height: 0.75rem; margin-right: 0.4rem; border-radius: 3px; vertical-align: -0.05rem; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--accent); }
details .scroll { margin-top: 0.6rem; }
.scroll table { width: 100%; }
th[scope="row"] { overflow-wrap: normal; white-space: nowrap; }
.events td, .events th { vertical-align: top; }
.whole { white-space: nowrap; }
.broken { display: flex; flex-wrap: wrap; gap: 0 0.9rem; min-width: 14rem; }
.warn { color: var(--warn); }
.bad { color: var(--bad); font-weight: 600; }
a { color: var(--accent); }
@media (max-width: 40rem) { body { padding: 1.25rem 0.75rem 3rem; } section { padding: 0.9rem; } .odd { display: none; }
  dl.state { grid-template-columns: 1fr; gap: 0; } dl.state dd { margin-bottom: 0.4rem; } }
`
