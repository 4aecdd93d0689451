import { describe, expect, it } from 'vitest'
import {
  followStep,
  liveRollouts,
  type OfferedVersion,
  versionForKey,
} from '../../../src/environments/following/follow-target.ts'

/** `1.1.0 rolling`: a version and the phase of its rollout, whose id is the version. */
function offered(...texts: readonly string[]): readonly OfferedVersion[] {
  return texts.map((text) => {
    const [version = '', phase = 'completed'] = text.split(' ')
    if (phase === 'withdrawn') return { version, withdrawn: true, rollout: null }
    return { version, withdrawn: false, rollout: phase === 'none' ? null : { id: version, phase } }
  })
}

describe('the version for a key', () => {
  it.each([
    [['1.0.0', '1.1.0 rolling'], { '1.1.0': true }, '1.1.0'],
    [['1.0.0', '1.1.0 rolling'], { '1.1.0': false }, '1.0.0'],
    [['1.0.0', '1.1.0 rolling'], {}, '1.0.0'],
    [['1.10.0', '1.9.0'], {}, '1.10.0'],
    // Held and paused rollouts keep who is in.
    [['1.0.0', '1.1.0 held'], { '1.1.0': true }, '1.1.0'],
    [['1.0.0', '1.1.0 rolled-back'], { '1.1.0': true }, '1.0.0'],
    [['1.0.0', '1.1.0 superseded', '1.2.0 rolling'], { '1.1.0': true, '1.2.0': false }, '1.0.0'],
    [['1.0.0 none', '1.1.0 withdrawn', '1.2.0-rc.1 none'], {}, '1.0.0'],
    [['1.0.0 abandoned'], {}, undefined],
  ])('of %j seeing %j is %s', (texts, seen, expected) => {
    const all = offered(...texts)
    expect(versionForKey('npm', all, seen)?.version).toBe(expected)
    expect(
      liveRollouts(all).every((id) => /rolling|held/.test(texts.find((text) => text.startsWith(id)) ?? '')),
    ).toBe(true)
  })
})

describe('what a machine does', () => {
  it.each([
    [null, '1.0.0', 'promote 1.0.0'],
    ['1.0.0', '1.1.0', 'promote 1.1.0'],
    ['1.1.0', '1.1.0', 'stay it is live already'],
    ['1.1.0', '1.0.0', 'step-down 1.0.0'],
    ['1.9.0', '1.0.0', 'stay 1.9.0 is not known to the server'],
  ])('with %s live and %s for its key: %s', (live, target, expected) => {
    const step = followStep('npm', live, offered('1.0.0', '1.1.0 rolling'), target)
    expect(Object.values(step).join(' ')).toBe(expected)
  })
})
