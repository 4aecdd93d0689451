import { describe, expect, it } from 'vitest'
import { type LegacyEdit, overlaidLegacyProject } from '../../../src/catalog/overlaid/overlaid-legacy-json.ts'

const file = (version: string, change: object = {}) => ({
  filename: `demo-${version}.whl`,
  url: `https://files.test/demo-${version}.whl`,
  ...change,
})

/** What a view shows of an upstream's document; a test names only what differs. */
function shown(project: LegacyEdit['project'], change: Partial<LegacyEdit> = {}, hidden = ['1.1']) {
  return overlaidLegacyProject({
    project,
    latest: null,
    staged: false,
    visibility: { hidden: new Set(hidden), blocked: new Set(['0.9']), changedAt: 0 },
    links: {
      fileUrl: (name) => `https://index.test/${name}`,
      statusUrl: (version) => `https://index.test/status/${version}`,
    },
    normalize: (version) => (/^\d/.test(version) ? version : null),
    ...change,
  })
}

const reason = (version: string) =>
  `Staged rollout by Slipway, not a defect; status and how to choose: https://index.test/status/${version}`

describe('the legacy JSON of a project of another index', () => {
  it('yanks files of hidden versions, leaves out blocked ones, and addresses files by us', () => {
    const releases = { '0.9': [file('0.9')], '1.0': [file('1.0')], '1.1': [file('1.1')], odd: 'text' }
    expect(shown({ info: { version: '1.0' }, urls: [file('1.0')], releases })).toEqual({
      info: { version: '1.0' },
      urls: [file('1.0', { url: 'https://index.test/demo-1.0.whl' })],
      releases: {
        '1.0': [file('1.0', { url: 'https://index.test/demo-1.0.whl' })],
        '1.1': [
          file('1.1', {
            url: 'https://index.test/demo-1.1.whl',
            yanked: true,
            yanked_reason: reason('1.1'),
          }),
        ],
        odd: 'text',
      },
    })
  })

  it('says so in info where the only version is hidden, and keeps a maintainer’s own words', () => {
    const own = { version: '1.1', yanked: true, yanked_reason: 'broken' }
    expect(shown({ info: { version: '1.1' } })).toMatchObject({ info: { yanked_reason: reason('1.1') } })
    expect(shown({ info: own })).toMatchObject({ info: own })
    expect(shown({ info: { version: 'odd' } })).toMatchObject({ info: { version: 'odd' } })
  })

  it('takes info and files of the version that the view calls latest', () => {
    const latest = { info: { version: '1.0' }, urls: [file('1.0')] }
    const answer = shown({ info: { version: '1.1' }, urls: [file('1.1')] }, { latest })
    expect(answer).toMatchObject({ info: { version: '1.0' }, urls: [{ filename: 'demo-1.0.whl' }] })
    expect(answer).not.toHaveProperty('releases')
  })

  it('passes on what it does not know', () => {
    expect(shown({ info: 'text', urls: ['odd', { filename: 1 }], releases: 'text' })).toEqual({
      info: 'text',
      urls: ['odd', { filename: 1 }],
      releases: 'text',
    })
  })

  it('hides what is no version under a rule, and passes it on without one', () => {
    const of = (staged: boolean) => shown({ releases: { odd: [file('odd')] } }, { staged }).releases
    expect(of(true)).toMatchObject({
      odd: [{ yanked: true, yanked_reason: expect.stringMatching(/^Hidden by Slipway/) }],
    })
    expect(of(false)).toMatchObject({ odd: [expect.not.objectContaining({ yanked: true })] })
  })
})
