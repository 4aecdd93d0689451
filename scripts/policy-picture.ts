/** Draws docs/policy.svg: how many users have a bad release, day by day. */
import type { Summary } from '../src/simulate/summary.ts'

const WIDTH = 760
const HEIGHT = 340
const LEFT = 56
const RIGHT = 560
const TOP = 44
const BOTTOM = 290
const DAYS = 10

/** Slipway's profiles in strong lines, the alternatives in grey ones that differ by their dashes. */
const STYLES: Readonly<Record<string, string>> = {
  rapid: 'stroke="#c9782b" stroke-width="2.5"',
  standard: 'stroke="#2f6f9f" stroke-width="3"',
  cautious: 'stroke="#5f8f4e" stroke-width="2.5"',
  'standard with exposure': 'stroke="#8a6bb0" stroke-width="2.5"',
  'publish to all': 'stroke="#b5482f" stroke-width="2"',
  'cool-down 1 day': 'stroke="#888" stroke-width="1.5" stroke-dasharray="7 3"',
  'cool-down 7 days': 'stroke="#888" stroke-width="1.5" stroke-dasharray="2 3"',
  '+10 % every 6 h': 'stroke="#888" stroke-width="1.5"',
  'canaries only': 'stroke="#888" stroke-width="1.5" stroke-dasharray="10 3 2 3"',
}

export function drawPolicyPicture({ contestants, curveHours, bad }: Summary): string {
  const most = Math.max(...contestants.map(({ badCurve }) => badCurve[indexOf(curveHours, DAYS * 24)] ?? 0))
  const top = Math.ceil(most * 10) / 10
  const x = (hours: number): number => LEFT + ((RIGHT - LEFT) * hours) / (DAYS * 24)
  const y = (share: number): number => BOTTOM - ((BOTTOM - TOP) * share) / top
  const lines = contestants.map(({ name, badCurve }) => {
    const points = badCurve.flatMap((share, index) => {
      const hours = curveHours[index] ?? 0
      return hours <= DAYS * 24 ? [`${x(hours).toFixed(1)} ${y(share).toFixed(1)}`] : []
    })
    return `<path d="M${points.join(' L')}" fill="none" ${styleOf(name)}/>`
  })
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#888">`,
    '<title>Share of users that have a bad release, over the days after it, for Slipway and for other ways to release</title>',
    `<text x="${LEFT}" y="20" font-size="14">Users that have a bad release</text>`,
    ...grid(top, x, y),
    ...lines,
    ...labels(
      contestants.map(({ name, badCurve }) => ({
        name,
        at: y(badCurve[indexOf(curveHours, DAYS * 24)] ?? 0),
      })),
    ),
    `<text x="${LEFT}" y="${HEIGHT - 8}">Simulated: mean over ${bad.toLocaleString('en')} bad releases. docs/policy.md</text>`,
    '</svg>',
  ].join('\n')}\n`
}

function grid(top: number, x: (hours: number) => number, y: (share: number) => number): readonly string[] {
  const rungs = Array.from({ length: Math.round(top * 10) + 1 }, (_, index) => index / 10)
  return [
    ...rungs.map(
      (share) =>
        `<line x1="${LEFT}" x2="${RIGHT}" y1="${y(share).toFixed(1)}" y2="${y(share).toFixed(1)}" stroke="#8884"/><text x="${LEFT - 8}" y="${(y(share) + 4).toFixed(1)}" text-anchor="end">${Math.round(share * 100)} %</text>`,
    ),
    ...Array.from(
      { length: DAYS + 1 },
      (_, day) =>
        `<text x="${x(day * 24).toFixed(1)}" y="${BOTTOM + 18}" text-anchor="middle">day ${day}</text>`,
    ),
  ]
}

/** Names at the ends of their lines, moved apart so that all can be read. */
function labels(ends: readonly { readonly name: string; readonly at: number }[]): readonly string[] {
  const sorted = [...ends].sort((left, right) => left.at - right.at)
  const apart = 17
  let last = Number.NEGATIVE_INFINITY
  const placed = sorted.map(({ name, at }) => {
    last = Math.max(at, last + apart)
    return { name, at, label: last }
  })
  // Where the lowest ones leave the picture, the whole column moves up as far as it has room.
  let ceiling = BOTTOM + 4
  const lifted = placed.toReversed().map((one) => {
    ceiling = Math.min(one.label, ceiling)
    const label = ceiling
    ceiling -= apart
    return { ...one, label }
  })
  return lifted.map(
    ({ name, at, label }) =>
      `<path d="M${RIGHT + 2} ${at.toFixed(1)} L${RIGHT + 18} ${label.toFixed(1)} H${RIGHT + 40}" fill="none" ${styleOf(name)}/><text x="${RIGHT + 46}" y="${(label + 4).toFixed(1)}">${escapeText(name)}</text>`,
  )
}

function styleOf(name: string): string {
  return STYLES[name] ?? 'stroke="#888"'
}

function indexOf(hours: readonly number[], wanted: number): number {
  return hours.findLastIndex((hour) => hour <= wanted)
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
