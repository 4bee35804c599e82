/** Light and dark by the reader's own setting. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5c6675; --line: #dfe3e8; --paper: #ffffff; --card: #f7f8fa;
  --good: #14713d; --good-back: #dff3e6; --bad: #a8221c; --bad-back: #fbe4e2; --accent: #2f5fd0; --bar: #dce6fb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #2f3743; --paper: #12161c;
  --card: #1a2029; --good: #7fdca4; --good-back: #173625; --bad: #ff9d96; --bad-back: #47201e; --accent: #8fb0ff;
  --bar: #263757; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.05rem; overflow-wrap: anywhere; }
p { margin: 0 0 0.75rem; }
.facts, section p { color: var(--soft); }
.verdict { display: inline-block; margin: 0.25rem 0 0; padding: 0.3rem 0.8rem; border-radius: 99px; }
.verdict.passed, .result.pass { background: var(--good-back); color: var(--good); }
.verdict.failed, .result.fail { background: var(--bad-back); color: var(--bad); }
.result { padding: 0.05rem 0.55rem; border-radius: 99px; font-weight: 600; }
section { margin-top: 1.25rem; padding: 1.1rem 1.25rem; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.35rem 1.25rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left; }
tr:last-child > * { border-bottom: 0; }
th[scope="col"] { color: var(--soft); font-weight: 500; }
th[scope="row"] { font-weight: 500; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.rows { background: linear-gradient(var(--bar), var(--bar)) right center / var(--share) 70% no-repeat; padding-right: 0.4rem; }
.missing { color: var(--soft); font-style: italic; }
.scroll { max-height: 32rem; overflow: auto; }
svg { display: block; width: 100%; max-width: 22rem; }
svg text { fill: var(--soft); font-size: 11px; }
svg .axis { fill: var(--ink); font-size: 12px; }
.grid { stroke: var(--line); }
.ideal { stroke: var(--soft); stroke-dasharray: 4 4; }
.curve { fill: none; stroke: var(--accent); stroke-width: 2; }
.dot { fill: var(--accent); }
`
