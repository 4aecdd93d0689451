import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { promoteVersion, rollBackVersion, takeBackVersions } from '../../src/environments/change-live.ts'
import { pruneVersions } from '../../src/environments/installing/prune-versions.ts'
import { uninstallVersion } from '../../src/environments/installing/uninstall-version.ts'
import type { Outcome } from '../../src/environments/outcome.ts'
import type { RootParts } from '../../src/environments/root/change-root.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { dyingFiles, hasMiddle, Killed } from './dying-files.ts'
import { given, install, orphans, partsFor, refusalOf, request, rests, view } from './sample-root.ts'

const packages = request('pypi:demo-lib').packages
const promote = (parts: RootParts, text: string) =>
  promoteVersion(parts, packages, { kind: 'full', text }, null)

const nobody = async () => []

/** What happened before, and the change during which the process dies. */
const changes: readonly (readonly [
  string,
  readonly string[],
  (parts: RootParts) => Promise<Outcome<unknown>>,
])[] = [
  ['the first installation', [], (parts) => install(parts, 'demo-lib@1.2.0')],
  ['a higher version', ['1.0.0', '1.2.0'], (parts) => install(parts, 'demo-lib@1.2.1')],
  ['a lower version', ['1.2.0'], (parts) => install(parts, 'demo-lib@1.1.0')],
  ['promoting', ['1.0.0', '1.2.0'], (parts) => promote(parts, '1.2.0')],
  ['rolling back', ['1.0.0', '1.2.0', 'live 1.2.0'], (parts) => rollBackVersion(parts, packages)],
  [
    'stepping down',
    ['1.0.0', '1.2.0', 'live 1.2.0'],
    (parts) => takeBackVersions(parts, { ecosystem: 'pypi', name: 'demo-lib' }, ['1.2.0'], '1.0.0'),
  ],
  [
    'pruning',
    ['1.0.0', '1.2.0', '1.2.1', '1.2.2', 'live 1.2.2'],
    (parts) => pruneVersions(parts, packages, false),
  ],
  [
    'uninstalling one of several',
    ['1.0.0', '1.2.0', 'live 1.2.0'],
    (parts) => uninstallVersion(parts, packages, '1.0.0', nobody),
  ],
  ['uninstalling the last one', ['1.0.0'], (parts) => uninstallVersion(parts, packages, '1.0.0', nobody)],
]

async function rootWith(history: readonly string[]): Promise<string> {
  const root = join(await scratchFolder(), 'root')
  for (const step of history) {
    const version = step.replace('live ', '')
    given<unknown>(
      step.startsWith('live ')
        ? await promote(partsFor(root), version)
        : await install(partsFor(root), `demo-lib@${version}`),
    )
  }
  return root
}

describe.each(changes)('a process killed during %s', (_, history, change) => {
  it.each([
    ['before', false],
    ['in the middle of', true],
  ])('%s any step leaves the old state or the new one, and the next process finishes it', async (_, half) => {
    const start = await rootWith(history)
    const before = await view(start)
    const done = join(await scratchFolder(), 'root')
    if (history.length > 0) await cp(start, done, { recursive: true, verbatimSymlinks: true })
    const whole = dyingFiles(Number.POSITIVE_INFINITY, false)
    given<unknown>(await change(partsFor(done, { files: whole.files, trees: whole.trees })))
    const after = await view(done)
    expect(after).not.toEqual(before)
    const seen = { old: 0, new: 0 }
    for (let dieAt = 0; dieAt <= whole.steps.length; dieAt += 1) {
      // A rename or a link has no middle; its beginning is the other row's.
      const name = whole.steps[dieAt]
      if (half && name !== undefined && !hasMiddle(name)) continue
      const root = join(await scratchFolder(), 'root')
      if (history.length > 0) await cp(start, root, { recursive: true, verbatimSymlinks: true })
      const { files, trees, steps } = dyingFiles(dieAt, half)
      const ended = await change(partsFor(root, { files, trees, pid: 2 })).then(refusalOf, (error) => {
        if (error instanceof Killed) return 'killed'
        throw error
      })
      if (ended !== 'killed') {
        // It came through without reaching this step: every step has had its turn.
        expect([ended, steps.length]).toEqual(['done', dieAt])
        break
      }
      const left = await view(root)
      const where = `${dieAt}: ${steps.at(-1)}`
      expect([before, after], where).toContainEqual(left)
      seen[Object.is(JSON.stringify(left), JSON.stringify(before)) ? 'old' : 'new'] += 1
      // Another process waits for nobody who is dead, removes the rests and gets there.
      const again = partsFor(root, { pid: 3, dead: new Set([2]) })
      if (JSON.stringify(left) === JSON.stringify(before))
        expect(refusalOf(await change(again)), where).toBe('done')
      else given(await pruneVersions(again, null, true))
      expect(await view(root), where).toEqual(after)
      expect(await rests(root), where).toEqual([])
      given(await pruneVersions(again, null, false))
      expect(await orphans(root), where).toEqual([])
    }
    expect(seen.old).toBeGreaterThan(half ? 0 : 5)
    if (!half) expect(seen.new).toBeGreaterThan(0)
  })
})
