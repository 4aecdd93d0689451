import { html } from 'hono/html'
import type { Explanation } from '../../rollout/explaining/explanation.ts'

const colours: Readonly<Record<Explanation['phase'], string>> = {
  staged: '#57606a',
  rolling: '#0969da',
  held: '#9a6700',
  paused: '#9a6700',
  completed: '#1a7f37',
  'rolled-back': '#cf222e',
  superseded: '#57606a',
  abandoned: '#57606a',
}

/** What a badge says behind the version: `rolling 25 %`, `completed`, `unknown`. */
export function badgeWords(explanation: Explanation | null): string {
  if (explanation === null) return 'unknown'
  const { phase, percent, percents } = explanation
  if (!percents) return phase
  return phase === 'rolling' || phase === 'held' || phase === 'paused' ? `${phase} ${percent} %` : phase
}

/** A flat badge as SVG: release on the left, where its rollout is on the right. */
export async function badgeSvg(label: string, explanation: Explanation | null): Promise<string> {
  const words = badgeWords(explanation)
  const colour = explanation === null ? '#57606a' : colours[explanation.phase]
  // Average width of a character of the font at 11 px; badges need no better.
  const left = Math.round(label.length * 6.6) + 14
  const right = Math.round(words.length * 6.6) + 14
  const width = left + right
  const svg =
    await html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${label}: ${words}">
<title>${label}: ${words}</title>
<rect width="${width}" height="20" rx="3" fill="#24292f"/>
<path d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H${left}z" fill="${colour}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="${left / 2}" y="14" text-anchor="middle">${label}</text>
<text x="${left + right / 2}" y="14" text-anchor="middle">${words}</text>
</g>
</svg>
`
  return String(svg)
}
