import { tagsOf } from '../versions/wheel-tags.ts'
import type { ReleaseFile } from './contents.ts'

/** The files of two releases that are alike enough to be read side by side. */
export type FilePair = readonly [before: string, after: string]

/**
 * Chooses which file of a release is read: a wheel for everything before one for a platform (the commonest first, its
 * newest Python), the same tag on both sides before two that are merely alike, a source archive where there is no wheel.
 */
export function chooseFiles(before: readonly ReleaseFile[], after: readonly ReleaseFile[]): FilePair | null {
  let best: { readonly pair: FilePair; readonly rank: number } | null = null
  for (const { name: left } of before) {
    for (const { name: right } of after) {
      const rank = rankOf(left, right)
      if (rank > (best?.rank ?? 0)) best = { pair: [left, right], rank }
    }
  }
  return best?.pair ?? null
}

function rankOf(left: string, right: string): number {
  if (left.endsWith('.whl') !== right.endsWith('.whl')) return 0
  if (left.endsWith('.tgz') && right.endsWith('.tgz')) return 1
  if (!left.endsWith('.whl')) return left.endsWith('.tar.gz') && right.endsWith('.tar.gz') ? 1 : 0
  const [one, other] = [rankOfWheel(left), rankOfWheel(right)]
  const alike = left.split('-').slice(-3).join('-') === right.split('-').slice(-3).join('-') ? 1000 : 0
  const samePython = left.split('-').at(-3) === right.split('-').at(-3) ? 500 : 0
  return 10 + one + other + alike + samePython
}

function rankOfWheel(name: string): number {
  const [tag] = tagsOf(name)
  if (tag === undefined) return 0
  const place =
    tag.place === 'any' ? 5000 : tag.place === 'linux x86_64' ? 2000 : tag.place.startsWith('linux') ? 500 : 0
  const python = Number(/^cp3(\d+)$/.exec(tag.python)?.[1] ?? 0)
  return place + Math.min(python, 40) - (tag.abi.endsWith('t') ? 50 : 0)
}
