import { expect, it } from 'vitest'
import { issueText } from '../../../src/github/words/messages.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import { aRollout, at, policy } from '../../catalog/sample.ts'

const links = { page: 'https://slipway.example/rollouts/1', trackingIssue: null }

/** The issue about a beta whose stream has these people. */
function issueOf(people?: readonly string[]) {
  const stream = {
    ...({ name: 'beta', kind: 'prerelease', upTo: ['beta'], channels: ['beta'], direct: false } as const),
    ...{ pauseDuring: null, after: null, ...(people && { people }) },
  }
  const beta = aRollout('pypi:demo-lib@1.1.0b1', 'pypi:demo-lib@1.0.0', {
    ...at(10),
    policy: { ...policy, stream },
  })
  return issueText(explain(beta, 0), links, 0)
}

it('the issue that is opened for a release names the people of its stream, so that they are told', () => {
  expect(issueOf(['ada', 'acme/beta-team'])).toContain(
    'For the people of the stream `beta`: @ada @acme/beta-team\n',
  )
})

it('and nobody where the stream has none', () => {
  expect(issueOf()).not.toContain('people of the stream')
  expect(issueOf([])).not.toContain('people of the stream')
})
