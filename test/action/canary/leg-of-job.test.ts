import { expect, it } from 'vitest'
import { armEnvironment } from '../../../src/action/canary/arms/arm-workspace.ts'
import { parseCanaryRequests } from '../../../src/action/canary/canary-request.ts'
import { legOfJob } from '../../../src/action/canary/leg-of-job.ts'

it.each([
  ['null', '1', { name: 'default', of: 1 }],
  ['{}', '1', { name: 'default', of: 1 }],
  ['', '', { name: 'default', of: null }],
  ['{\n  "python": "3.12"\n}', '4', { name: 'python=3.12', of: 4 }],
  ['{"os":"ubuntu","node":24}', '6', { name: 'os=ubuntu, node=24', of: 6 }],
  ['{"env":{"A":"1"}}', '2', { name: 'env={"A":"1"}', of: 2 }],
  ['node 24', '2', { name: 'node 24', of: 2 }],
  ['{not json', '0', { name: '{not json', of: null }],
])('the leg of the matrix %j', (matrix, total, leg) => expect(legOfJob(matrix, total)).toEqual(leg))

it('two jobs of a matrix never share a leg', () => {
  const names = [1, 2, 3].map((node) => legOfJob(JSON.stringify({ node }), '3').name)
  expect(new Set(names).size).toBe(3)
})

it('an arm has folders of its own for everything that programs leave behind', () => {
  const shared = {
    HOME: '/home/runner',
    TMPDIR: '/tmp',
    XDG_CONFIG_HOME: '/home/runner/.config',
    PATH: '/bin',
  }
  const [one, other] = ['/s/candidate', '/s/baseline'].map((folder) =>
    armEnvironment('https://slipway.test/arm/', folder, shared),
  )
  const own = [
    'HOME',
    'TMPDIR',
    'TMP',
    'TEMP',
    'XDG_CACHE_HOME',
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'XDG_STATE_HOME',
  ]
  for (const name of [...own, 'npm_config_cache', 'PIP_CACHE_DIR', 'npm_config_userconfig']) {
    expect(one?.[name], name).toMatch(/^\/s\/candidate\//)
    expect(other?.[name], name).toMatch(/^\/s\/baseline\//)
  }
  expect(one?.PATH).toBe('/bin')
})

it('the order of the arms alternates from try to try', () => {
  const orderOf = (number: number) => {
    const index = { candidate: 'https://slipway.test/c/', baseline: 'https://slipway.test/b/' }
    const text = JSON.stringify({
      rollout: 'ro-aaaaaaaaaaaaaaaa',
      releases: ['npm:demo@1.1.0'],
      ecosystems: ['npm'],
      arm: 'both',
      try: number,
      nonce: 'n',
      index,
      report: 'https://slipway.test/r',
    })
    const request = parseCanaryRequests(text)
    return request.ok ? request.value[0]?.arms : []
  }
  expect([1, 2, 3].map(orderOf)).toEqual([
    ['baseline', 'candidate'],
    ['candidate', 'baseline'],
    ['baseline', 'candidate'],
  ])
})
