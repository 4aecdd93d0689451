import type { Comparison } from '../../contents/compare-releases.ts'
import { paintFor } from '../paint.ts'
import type { Compared } from './load-subjects.ts'

/** The document of `compare --json`, also what the API answers. */
export function comparisonDocument(
  { from, to }: Pick<Compared, 'from' | 'to'>,
  comparison: Comparison,
): unknown {
  const { change, files, findings, unread } = comparison
  return {
    v: 1,
    from,
    to,
    change,
    files,
    findings: findings.map((one) => ({ ...one, dismissed: null })),
    unread,
  }
}

const words = { stop: 'stop', ask: 'ask ', say: 'say ' } as const
const colours = { stop: 'red', ask: 'yellow', say: 'dim' } as const
const mostUses = 5

/** A comparison for people: what was found by level, who uses it, what could not be read. */
export function printComparison(
  { from, to }: Pick<Compared, 'from' | 'to'>,
  comparison: Comparison,
  colour: boolean,
): string {
  const paint = paintFor(colour)
  const lines = [`${from} -> ${to}: by its number a ${comparison.change} release`]
  for (const { level, code, sentence, usedBy } of comparison.findings) {
    lines.push(`${paint(colours[level], words[level])} ${code}: ${sentence}`)
    for (const { release, where } of usedBy.slice(0, mostUses)) lines.push(`       ${release} in ${where}`)
    if (usedBy.length > mostUses) lines.push(`       and ${usedBy.length - mostUses} more places`)
  }
  if (comparison.findings.length === 0)
    lines.push('Nothing that others would notice was taken away or made stricter.')
  for (const [left, right] of comparison.files) lines.push(paint('dim', `read: ${left}, ${right}`))
  for (const { file, why } of comparison.unread.slice(0, 10))
    lines.push(paint('dim', `not read: ${file}: ${why}`))
  if (comparison.unread.length > 10)
    lines.push(paint('dim', `not read: ${comparison.unread.length - 10} more files`))
  return `${lines.join('\n')}\n`
}
