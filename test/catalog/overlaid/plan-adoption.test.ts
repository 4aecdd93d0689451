import { describe, expect, it } from 'vitest'
import type { OverlaidPackage } from '../../../src/catalog/overlaid/overlaid-package.ts'
import { overlaidPackument } from '../../../src/catalog/overlaid/overlaid-packument.ts'
import {
  type AdoptionPlanRequest,
  planAdoption,
  releasedAtFirstSight,
  withReleased,
} from '../../../src/catalog/overlaid/plan-adoption.ts'
import type { Advisory } from '../../../src/versions/advisory.ts'
import { aRollout, ended, noon } from '../sample.ts'

const DAY = 24 * 60 * 60_000
const bakeMs = 3 * DAY

/** A package of another index: versions with their age in days, null where it says no time. */
function adopted(ages: Readonly<Record<string, number | null>>, manifest: object = {}): OverlaidPackage {
  const document = {
    name: 'lib',
    versions: Object.fromEntries(
      Object.keys(ages).map((version) => [
        version,
        { dist: { tarball: `https://r.example/lib-${version}.tgz` }, ...manifest },
      ]),
    ),
    time: Object.fromEntries(
      Object.entries(ages).flatMap(([version, days]) =>
        days === null ? [] : [[version, new Date(noon - days * DAY).toISOString()]],
      ),
    ),
  }
  const read = overlaidPackument('npm:lib', document, 'https://r.example/lib', (text) => Date.parse(text))
  if (!read.ok) throw new Error(JSON.stringify(read.problem))
  return read.value
}

describe('at first sight', () => {
  it.each([
    [
      'what is older than the bake counts as completed',
      { '1.0.0': 90, '1.1.0': 10, '1.2.0': 1 },
      ['1.0.0', '1.1.0'],
    ],
    ['where all is new, the greatest below the newest', { '1.0.0': 1, '1.1.0': 1, '1.2.0': 0 }, ['1.1.0']],
    ['the only one, however new: there is nothing to show instead', { '1.0.0': 0 }, ['1.0.0']],
    ['without times all but the newest', { '1.0.0': null, '1.1.0': null, '1.2.0': null }, ['1.0.0', '1.1.0']],
    ['pre-releases never', { '1.0.0': 90, '1.1.0-rc.1': 90 }, ['1.0.0']],
    ['nothing of nothing', {}, []],
  ])('%s', (_, ages, released) => {
    expect(releasedAtFirstSight(adopted(ages), bakeMs, noon)).toEqual(released)
  })

  it('what counts as released is marked for the views', () => {
    const marks = (released: 'all' | readonly string[]) =>
      Object.values(withReleased(adopted({ '1.0.0': 9, '1.1.0': 1 }), released).record.versions).map(
        (one) => one.released,
      )
    expect(marks('all')).toEqual([true, true])
    expect(marks(['1.0.0'])).toEqual([true, false])
  })
})

/** Of a package that was first seen a year ago with 1.0.0; a test names only what differs. */
function due(versions: readonly string[], change: Partial<AdoptionPlanRequest> = {}): readonly string[] {
  return planAdoption({
    overlaid: adopted(Object.fromEntries(['1.0.0', ...versions].map((version) => [version, 1]))),
    released: ['1.0.0'],
    firstSeenAt: noon - 366 * DAY,
    rollouts: [],
    cadence: 'every release',
    advisories: [],
    now: noon,
    ...change,
  })
}
const rollout = (version: string, change = {}) => aRollout(`npm:lib@${version}`, 'npm:lib@1.0.0', change)

describe('what begins now', () => {
  it.each([
    ['nothing where nothing is new', [], {}, []],
    ['all of a line', ['1.1.1', '1.1.0', '1.1.2'], {}, ['1.1.0', '1.1.1', '1.1.2']],
    ['all of all lines', ['1.1.0', '2.0.0'], {}, ['1.1.0', '2.0.0']],
    ['no pre-release', ['1.1.0-rc.1'], {}, []],
    ['nothing that is rolling already', ['1.1.0'], { rollouts: [rollout('1.1.0')] }, []],
    ['also what is below a rolling one', ['1.1.0', '1.1.1'], { rollouts: [rollout('1.1.1')] }, ['1.1.0']],
    [
      'nothing again that was taken back, which stands in the way of nothing',
      ['1.1.0', '1.2.0'],
      { rollouts: [rollout('1.2.0', ended('rolled-back'))] },
      ['1.1.0'],
    ],
    [
      'also what is below a completed one',
      ['1.1.0', '1.2.0'],
      { rollouts: [rollout('1.2.0', ended('completed'))] },
      ['1.1.0'],
    ],
  ])('%s', (_, versions, change, expected) => {
    expect(due(versions, change)).toEqual(expected)
  })

  it('is nothing that its maintainer withdrew', () => {
    const overlaid = adopted({ '1.0.0': 90, '1.1.0': 1 }, { deprecated: 'broken' })
    expect(due([], { overlaid })).toEqual([])
  })
})

describe('by a cadence', () => {
  it.each([
    ['the newest of a major, not those that it passes', ['1.1.0', '1.1.1'], {}, ['1.1.1']],
    ['one of each major', ['1.1.0', '1.2.0', '2.0.0'], {}, ['1.2.0', '2.0.0']],
    [
      'nothing below what is rolling',
      ['1.1.0', '1.1.1'],
      { rollouts: [rollout('1.1.1', { startedAt: 0 })] },
      [],
    ],
  ] as const)('%s', (_, versions, change, expected) => {
    expect(due(versions, { cadence: 'monthly', ...change })).toEqual(expected)
  })

  const hole: Advisory = { id: 'GHSA-1', affected: '<1.2.0', summary: 'a hole', url: null }
  const begun = (days: number) => [rollout('1.1.0', { ...ended('completed'), startedAt: noon - days * DAY })]

  it.each([
    ['monthly', 29, []],
    ['monthly', 30, ['1.2.0']],
    ['quarterly', 90, []],
    ['quarterly', 91, ['1.2.0']],
    ['yearly', 364, []],
    ['yearly', 365, ['1.2.0']],
  ] as const)('%s, %i days after the last one begins %j', (cadence, days, expected) => {
    expect(due(['1.1.0', '1.2.0'], { cadence, rollouts: begun(days) })).toEqual(expected)
  })

  it('only what fixes an advisory begins in between', () => {
    const between = { cadence: 'yearly', rollouts: begun(1) } as const
    expect(due(['1.1.0', '1.2.0'], { ...between, advisories: [hole] })).toEqual(['1.2.0'])
    expect(due(['1.1.0', '1.1.1'], { ...between, advisories: [hole] })).toEqual([])
  })

  it('counts from first sight where nothing has begun yet', () => {
    expect(due(['1.1.0'], { cadence: 'monthly', firstSeenAt: noon - DAY })).toEqual([])
    expect(due(['1.1.0'], { cadence: 'monthly', firstSeenAt: noon - 30 * DAY })).toEqual(['1.1.0'])
  })
})
