import { expect, it } from 'vitest'
import type { KnownVersion } from '../../../src/rollout/starting/known-versions.ts'
import { baselineOf } from '../../../src/rollout/starting/line-history.ts'
import { member, startedStory } from '../builders.ts'

const known = (version: string, released = false): KnownVersion => ({
  version,
  installable: true,
  withdrawn: false,
  released,
})

it('what follows the first release in a train has that one as baseline, for everybody has it', () => {
  const first = { candidate: 'npm:other@1.0.0', baseline: null }
  const world = [startedStory({ members: [member, first] }).live]
  expect(world[0]?.end).toBeNull()
  const next = (name: string, version: string, versions: readonly KnownVersion[]) =>
    baselineOf({ ecosystem: 'npm', name, version }, world, { [`npm:${name}`]: versions })
  expect(next('other', '1.0.1', [known('1.0.0'), known('1.0.1')])).toBe('npm:other@1.0.0')
  // What is still climbing in it is no baseline of anything.
  const released = [known('1.0.0', true), known('1.1.0'), known('1.1.1')]
  expect(next('demo-lib', '1.1.1', released)).toBe('npm:demo-lib@1.0.0')
})
