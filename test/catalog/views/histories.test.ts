import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Exposure, exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { latestVersion } from '../../../src/catalog/views/latest-version.ts'
import {
  ecosystemOf,
  packageViews,
  type Visibility,
  viewDelta,
  visibilityOf,
} from '../../../src/catalog/views/package-views.ts'
import type { View } from '../../../src/catalog/views/view.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { packageIdOf } from '../../../src/versions/release.ts'
import { schemeOf } from '../../../src/versions/scheme-of.ts'
import { moves, play } from '../../rollout/laws/histories.ts'
import type { Step } from '../../rollout/world.ts'
import { aPackage, sha256Bucket } from '../sample.ts'

/** The rollouts as they were after each step, newest first. */
function* moments(steps: readonly Step[]): Generator<{ step: Step; states: readonly RolloutState[] }> {
  const states = new Map<string, RolloutState>()
  for (const step of steps) {
    if (step.after === null || step.after === step.before) continue
    states.set(step.rollout, step.after)
    yield { step, states: [...states.values()].toReversed() }
  }
}

const versionOf = (release: string) => release.slice(release.lastIndexOf('@') + 1)

/** What a view shows of one package, made of the versions that rollouts know by then. */
function look(id: string, states: readonly RolloutState[], view: View) {
  const releases = states.flatMap(({ members }) => members.map(({ candidate }) => candidate))
  const versions = releases.filter((release) => packageIdOf(release) === id).map(versionOf)
  const pkg = aPackage(id, [...new Set(versions)])
  const views = packageViews(pkg, exposuresOf(id, states))
  return { pkg, seen: visibilityOf(views, viewDelta(views, view, sha256Bucket)) }
}

const shows = (seen: Visibility, version: string) => !seen.hidden.has(version) && !seen.blocked.has(version)

const keys = ['key-1', 'key-2', 'key-3', 'tester-1', 'late-1']

const views = (rollout: string): readonly View[] => [
  { kind: 'stable' },
  { kind: 'candidate' },
  { kind: 'arm', rollout, arm: 'candidate', nonce: null },
  { kind: 'arm', rollout, arm: 'baseline', nonce: null },
  ...keys.map((key): View => ({ kind: 'cohort', key })),
]

describe('the index over random histories of the heart', { timeout: 120_000 }, () => {
  it('shows each of its views something to install at every moment', () => {
    fc.assert(
      fc.property(moves, (history) => {
        for (const { step, states } of moments(play(history).steps)) {
          const id = packageIdOf(step.after?.members[0]?.candidate ?? '')
          for (const view of views(step.rollout)) {
            const { pkg, seen } = look(id, states, view)
            const left = Object.keys(pkg.versions).filter(
              (version) =>
                !seen.blocked.has(version) &&
                !schemeOf(ecosystemOf(pkg)).isPrerelease(version) &&
                wasCompleted(states, `${id}@${version}`),
            )
            if (left.length === 0) continue
            expect(Object.keys(pkg.versions).some((version) => !seen.hidden.has(version))).toBe(true)
            expect(latestVersion(pkg, seen)).not.toBeNull()
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('never takes a candidate away from a key while its rollout lives', () => {
    fc.assert(
      fc.property(moves, (history) => {
        let before: readonly RolloutState[] = []
        for (const { step, states } of moments(play(history).steps)) {
          const isLowered = step.decision.ok && step.decision.events.some(({ type }) => type === 'lowered')
          const lives = step.after?.end === null && !isLowered
          for (const { candidate } of lives ? (step.before?.members ?? []) : []) {
            for (const key of keys) {
              const saw = isSeen(candidate, before, key)
              const isBlocked = step.after?.blocked.includes(candidate) === true
              if (saw && !isBlocked) expect(isSeen(candidate, states, key)).toBe(true)
            }
          }
          before = states
        }
      }),
      { numRuns: 40 },
    )
  })

  it('gives what was taken back to nobody while there is a full release', () => {
    let takenBack = 0
    fc.assert(
      fc.property(moves, (history) => {
        for (const { step, states } of moments(play(history).steps)) {
          if (step.after?.end === null || step.after?.end.kind === 'completed') continue
          for (const { candidate, baseline } of step.after?.members ?? []) {
            // Without a baseline there is no ladder: it was visible to all and stays so, unless blocked.
            if (baseline === null) continue
            const exposures = exposuresOf(packageIdOf(candidate), states)
            const inForce = exposures.find(({ version }) => version === versionOf(candidate))
            if (inForce?.rollout === step.rollout && exposures.some(isTrusted)) {
              takenBack += 1
              for (const key of keys) expect(isSeen(candidate, states, key)).toBe(false)
            }
          }
        }
      }),
      { numRuns: 40 },
    )
    expect(takenBack).toBeGreaterThan(20)
  })
})

const isTrusted = ({ full, blocked }: Exposure) => full && !blocked

function isSeen(release: string, states: readonly RolloutState[], key: string): boolean {
  return shows(look(packageIdOf(release), states, { kind: 'cohort', key }).seen, versionOf(release))
}

function wasCompleted(states: readonly RolloutState[], release: string): boolean {
  return states.some(
    ({ members, transitions }) =>
      members.some(({ candidate }) => candidate === release) &&
      transitions.some(({ type }) => type === 'completed'),
  )
}
