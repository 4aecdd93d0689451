import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../package-files.ts'
import { type ActionRun, spawnAction } from '../spawn-action.ts'
import { type ArmIndex, armIndex } from './loopback-arms.ts'

let on: ArmIndex
let workspace: string

beforeEach(async () => {
  on = await armIndex()
  for (const version of ['1.0.0', '1.1.0']) await on.npm('demo', version, `module.exports = '${version}'`)
  workspace = await emptyFolder()
  await writeTree(workspace, {
    'package.json': JSON.stringify({ name: 'shop', version: '0.0.0', dependencies: { demo: '^1.0.0' } }),
  })
})
afterEach(() => on.close())

const request = () => on.request(['npm:demo@1.1.0'])

/** The job in which the candidate runs: it has no identity. */
const test = (leg = '', run = 'true') =>
  spawnAction({ command: 'canary', slipway: request(), run, leg }, workspace)

/** The job that reports: it has an identity, and the reports of the jobs before, a folder for each artifact. */
async function report(reports: readonly string[], env: NodeJS.ProcessEnv = on.oidc): Promise<ActionRun> {
  const folder = await emptyFolder()
  for (const [index, text] of reports.entries()) {
    const path = join(folder, `slipway-report-${index}`, 'slipway-report.json')
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  return spawnAction({ command: 'canary', slipway: request(), reports: folder }, workspace, env)
}

const kept = async (run: ActionRun) => readFile(run.outputs.report ?? '', 'utf8')

describe('a canary of two jobs', { timeout: 120_000 }, () => {
  it('tests without an identity and sends nothing; the second job signs what was kept', async () => {
    const run = await test()
    expect([run.code, run.errors]).toEqual([0, []])
    expect(on.reports).toEqual([])
    expect(on.asked.some(({ path }) => path.startsWith('/oidc'))).toBe(false)
    const sent = await report([await kept(run)])
    expect([sent.code, sent.errors]).toEqual([0, []])
    expect(on.reports).toMatchObject([
      {
        try: 1,
        legs: [
          {
            order: 'baseline-first',
            arms: {
              candidate: { outcome: 'pass', installed: ['npm:demo@1.1.0'] },
              baseline: { outcome: 'pass', installed: ['npm:demo@1.0.0'] },
            },
          },
        ],
      },
    ])
    expect(sent.log).not.toContain('baseline: npm:demo')
  })

  it('sends each leg of a matrix', async () => {
    const legs = [await kept(await test('py=1')), await kept(await test('py=2', 'exit 1'))]
    expect((await report(legs)).code).toBe(0)
    const said = on.reports.flatMap(({ legs: all }) => all as { leg: string }[])
    expect(said.map(({ leg }) => leg)).toEqual(['py=1', 'py=2'])
  })

  it('signs nothing about another try, whatever the first job left', async () => {
    const forged = JSON.parse(await kept(await test()))
    forged.reports[0].nonce = 'another'
    const run = await report([JSON.stringify(forged)])
    expect(run.log).toContain('a report of another try than this run')
    expect(run.code).toBe(1)
    expect(on.reports).toEqual([])
  })

  it.each([
    ['nothing was kept', [], 'reports: got no slipway-report.json'],
    ['it is no report', ['{}'], 'this is no report of the command canary'],
    ['it is no JSON', ['<html>'], 'this is no report of the command canary'],
  ])('is red where %s', async (_, reports, message) => {
    const run = await report(reports)
    expect(run.errors.join()).toContain(message)
    expect(run.code).toBe(1)
  })

  it('names the line where the second job may not sign', async () => {
    const run = await report(['{}'], {})
    expect(run.errors.join()).toContain('permissions: { contents: read, id-token: write }')
    expect(run.code).toBe(1)
  })

  it('warns where the candidate runs beside the identity', async () => {
    const inputs = { command: 'canary', slipway: request(), run: 'true' }
    const run = await spawnAction(inputs, workspace, on.oidc)
    expect(run.code).toBe(0)
    expect(run.log).toContain('::warning::The candidate runs in a job that may ask for the identity')
  })
})
