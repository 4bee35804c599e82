import type { Calibration, CalibrationBin } from '../stats/calibration.ts'
import { html, type Html } from './html.ts'

const SIDE = 260
const LEFT = 46
const TOP = 12
const TICKS = [0, 0.25, 0.5, 0.75, 1]

/** What was said against what happened; a model that means what it says is on the diagonal. */
export function calibrationChart({ bins }: Calibration): Html {
  return html`<svg viewBox="0 0 ${LEFT + SIDE + 14} ${TOP + SIDE + 44}" role="img" aria-label="Calibration plot">
    ${TICKS.map(tick)}
    <line class="ideal" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" />
    <polyline class="curve" points="${bins.map(pointOf).join(' ')}" />
    ${bins.map(dot)}
    <text class="axis" x="${x(0.5)}" y="${y(0) + 36}" text-anchor="middle">predicted probability</text>
    <text class="axis" transform="translate(12 ${y(0.5)}) rotate(-90)" text-anchor="middle">share that came true</text>
  </svg>`
}

function tick(value: number): Html {
  return html`<line class="grid" x1="${x(value)}" y1="${y(0)}" x2="${x(value)}" y2="${y(1)}" />
    <line class="grid" x1="${x(0)}" y1="${y(value)}" x2="${x(1)}" y2="${y(value)}" />
    <text x="${x(value)}" y="${y(0) + 16}" text-anchor="middle">${value}</text>
    <text x="${x(0) - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`
}

function dot({ rows, predicted, observed }: CalibrationBin): Html {
  const title = `${rows} rows: predicted ${predicted.toFixed(3)}, observed ${observed.toFixed(3)}`
  return html`<circle class="dot" cx="${x(predicted)}" cy="${y(observed)}" r="4"><title>${title}</title></circle>`
}

function pointOf({ predicted, observed }: CalibrationBin): string {
  return `${x(predicted)},${y(observed)}`
}

function x(share: number): number {
  return Number((LEFT + share * SIDE).toFixed(1))
}

function y(share: number): number {
  return Number((TOP + (1 - share) * SIDE).toFixed(1))
}
