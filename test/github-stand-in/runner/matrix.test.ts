import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { legsOf } from './matrix.ts'
import { type RunRig, startRunRig } from './run-rig.ts'
import { parseWorkflow } from './workflow.ts'

const sides = { os: ['linux', 'windows'], node: [22, 24] }
const named = (strategy: Record<string, unknown>) =>
  legsOf(strategy, 'jobs.x').map(({ matrix }) => Object.values(matrix).join(' '))

describe('a matrix', () => {
  it.each([
    ['of two sides', { matrix: sides }, ['linux 22', 'linux 24', 'windows 22', 'windows 24']],
    [
      'without some',
      { matrix: { ...sides, exclude: [{ os: 'windows', node: 22 }] } },
      ['linux 22', 'linux 24', 'windows 24'],
    ],
    [
      'with more of some legs, and one more',
      { matrix: { os: ['linux', 'mac'], include: [{ os: 'mac', arch: 'arm' }, { os: 'bsd' }] } },
      ['linux', 'mac arm', 'bsd'],
    ],
    ['that is only a list', { matrix: { include: [{ os: 'a' }, { os: 'b' }] } }, ['a', 'b']],
    ['that is none', {}, ['']],
  ])('%s', (_, strategy, legs) => expect(named(strategy)).toEqual(legs))

  it.each([
    ['a computed one', { matrix: 'computed' }],
    ['one without legs', { matrix: { os: [] } }],
    ['a side that is no list', { matrix: { os: 'linux' } }],
    ['another key', { matrix: sides, speed: 1 }],
  ])('that is %s is not supported', (_, strategy) => {
    expect(() => legsOf(strategy, 'jobs.x')).toThrow('not supported')
  })

  it('names its jobs as GitHub does', () => {
    const text = (name: string) =>
      `on: workflow_dispatch\njobs:\n  test:\n${name}    strategy: { matrix: { os: [linux], node: [22] } }\n    steps: [{ run: "true" }]\n`
    const names = (name: string) => parseWorkflow(text(name), 'ci.yml').jobs.map((job) => job.name)
    expect(names('')).toEqual(['test (linux, 22)'])
    expect(names(`    name: "on \${{ matrix.os }}"\n`)).toEqual(['on linux'])
  })
})

describe('runs', () => {
  let rig: RunRig
  beforeAll(async () => {
    rig = await startRunRig()
  })
  afterAll(async () => {
    expect(rig.github.violations()).toEqual([])
    await rig.close()
  })

  const workflow = (failFast: boolean) => `
on: workflow_dispatch
jobs:
  test:
    strategy: { fail-fast: ${failFast}, matrix: { node: [1, 2, 3] } }
    steps:
      - run: echo leg \${{ matrix.node }} is \${{ strategy.job-index }} of \${{ strategy.job-total }}
      - run: test \${{ matrix.node }} != 2
  after: { needs: test, steps: [{ run: echo never }] }
`

  it('execute every leg, and the worst is the conclusion', async () => {
    const { run, log } = await rig.runWorkflow(workflow(false))
    expect(run.conclusion).toBe('failure')
    expect(log.match(/^leg \d is \d of \d$/gm)).toEqual([
      'leg 1 is 0 of 3',
      'leg 2 is 1 of 3',
      'leg 3 is 2 of 3',
    ])
    expect(log).not.toContain('never\n')
  })

  it('stop at the first failure where that is asked for', async () => {
    const { log } = await rig.runWorkflow(workflow(true))
    expect(log.match(/^leg \d is/gm)).toEqual(['leg 1 is', 'leg 2 is'])
  })

  it('of one concurrency group come one after the other; of those that wait, the last', async () => {
    const text = (more: string) =>
      `on: workflow_dispatch\nconcurrency: { group: "g-\${{ github.ref }}"${more} }\njobs: { a: { steps: [{ run: sleep 0.5 }] } }\n`
    const conclusions = async (name: string, more: string) => {
      await rig.github.createRepository({
        fullName: `acme/${name}`,
        files: { '.github/workflows/ci.yml': text(more) },
      })
      const path = `/repos/acme/${name}/actions/workflows/ci.yml/dispatches`
      const token = await rig.installationToken('acme')
      for (let turn = 0; turn < 3; turn += 1) await rig.call('POST', path, { ref: 'main' }, token)
      await rig.github.settled()
      return rig.github
        .runs()
        .filter(({ repository }) => repository.name === name)
        .map(({ conclusion }) => conclusion)
    }
    expect(await conclusions('queue', '')).toEqual(['success', 'cancelled', 'success'])
    expect(await conclusions('cut', ', cancel-in-progress: true')).toEqual([
      'cancelled',
      'cancelled',
      'success',
    ])
  })
})
