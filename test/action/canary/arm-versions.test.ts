import { describe, expect, it } from 'vitest'
import { hiddenIn, latestIn } from '../../../src/action/canary/arms/arm-versions.ts'

const release = { package: 'npm:demo', candidate: '1.3.0', baseline: '1.1.0' }
const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0-rc.1', '1.3.0', '2.0.0']

describe('the arms of a canary without a server', () => {
  it('hide the candidate from the baseline, and what was taken back between them from both', () => {
    expect(hiddenIn(release, versions, 'baseline')).toEqual(['1.2.0', '1.3.0'])
    expect(hiddenIn(release, versions, 'candidate')).toEqual(['1.2.0'])
    expect(hiddenIn({ ...release, baseline: null }, versions, 'candidate')).toEqual([])
  })

  it.each([
    ['the baseline', '1.1.0', '1.3.0', '1.1.0'],
    ['the candidate', '1.3.0', '1.3.0', '1.1.0'],
    ['what was taken back', '1.2.0', '1.3.0', '1.1.0'],
    ['a newer line', '2.0.0', '2.0.0', '2.0.0'],
    ['nothing', null, '1.3.0', '1.1.0'],
  ])('move latest from %s', (_what, latest, candidate, baseline) => {
    expect([latestIn(release, latest, 'candidate'), latestIn(release, latest, 'baseline')]).toEqual([
      candidate,
      baseline,
    ])
  })
})
