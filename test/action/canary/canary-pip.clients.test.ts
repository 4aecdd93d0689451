import { spawnSync } from 'node:child_process'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../package-files.ts'
import { spawnAction } from '../spawn-action.ts'
import { type ArmIndex, armIndex } from './loopback-arms.ts'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
if (!hasPip) console.log('skipped: canary tests for pip, because python3 with pip is not on this machine')

/** Without `venv`: pip installs into a plain folder, which takes a tenth of the time and resolves the same way. */
let plain: NodeJS.ProcessEnv = {}
beforeAll(async () => {
  const bin = await emptyFolder()
  const real = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
  const shim = `#!/bin/sh\n[ "$2" = venv ] && exit 1\nexec ${String(real.stdout).trim()} "$@"\n`
  await writeTree(bin, { python3: shim, python: shim })
  spawnSync('chmod', ['+x', `${bin}/python3`, `${bin}/python`])
  plain = { PATH: `${bin}:${process.env.PATH}` }
})

let index: ArmIndex
beforeEach(async () => {
  index = await armIndex()
  await index.wheel('demo-lib', '1.1.0', 'ANSWER = 1\n')
})
afterEach(() => index.close())

type Arms = Readonly<Record<string, { outcome: string; installed: string[]; detail: string }>>

async function canary(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}): Promise<Arms> {
  const checkout = await emptyFolder()
  await writeTree(checkout, { 'test.py': 'import demo_lib\nassert demo_lib.ANSWER == 1\n', ...files })
  const slipway = index.request(['pypi:demo-lib@1.2.0'])
  const inputs = { command: 'canary', run: 'python test.py', slipway }
  const run = await spawnAction(inputs, checkout, { ...index.oidc, ...env })
  expect(run.errors).toEqual([])
  const report = index.reports[0] as { legs: { arms: Arms }[] }
  return report.legs[0]?.arms ?? {}
}

describe.skipIf(!hasPip)('a Python project', { timeout: 120_000 }, () => {
  it('reports a regression with what was installed in each arm', async () => {
    await index.wheel('demo-lib', '1.2.0', 'ANSWER = 2\n')
    const arms = await canary({ 'requirements.txt': 'Demo_Lib>=1.0\n' })
    expect(arms).toMatchObject({
      candidate: { outcome: 'fail', installed: ['pypi:demo-lib@1.2.0'] },
      baseline: { outcome: 'pass', installed: ['pypi:demo-lib@1.1.0'], detail: '' },
    })
    expect(arms.candidate?.detail).toContain('AssertionError')
  })

  it('says that a pin keeps the candidate out', async () => {
    await index.wheel('demo-lib', '1.2.0', 'ANSWER = 1\n')
    const arms = await canary({ 'requirements.txt': 'demo-lib==1.1.0  # for now\n' }, plain)
    expect(arms.candidate).toMatchObject({
      outcome: 'pass',
      installed: ['pypi:demo-lib@1.1.0'],
      detail:
        'not exercised: capped: requirements.txt asks for demo-lib==1.1.0, which gave pypi:demo-lib@1.1.0, not 1.2.0',
    })
  })

  it('works where Python has no venv, and ignores the machine’s other indexes', async () => {
    await index.wheel('demo-lib', '1.2.0', 'ANSWER = 1\n')
    const arms = await canary(
      { 'requirements.txt': 'demo-lib\n' },
      { ...plain, PIP_INDEX_URL: 'http://127.0.0.1:9/' },
    )
    expect(arms).toMatchObject({
      candidate: { outcome: 'pass', installed: ['pypi:demo-lib@1.2.0'] },
      baseline: { outcome: 'pass', installed: ['pypi:demo-lib@1.1.0'] },
    })
  })

  it('says that something else keeps out what the requirement takes', async () => {
    await index.wheel('demo-lib', '1.2.0', 'ANSWER = 1\n', ['Requires-Dist: absent-lib'])
    const arms = await canary({ 'requirements.txt': 'demo-lib>=1\n' }, plain)
    expect(arms.candidate?.detail).toBe(
      'not exercised: conflict: 1.2.0 does not resolve here (No matching distribution found for absent-lib), which gave pypi:demo-lib@1.1.0, not 1.2.0',
    )
  })

  it('calls it infra when neither arm can be installed', async () => {
    await index.wheel('demo-lib', '1.2.0', 'ANSWER = 1\n')
    const arms = await canary({ 'requirements.txt': 'demo-lib\nabsent-lib\n' }, plain)
    expect(arms).toMatchObject({
      candidate: { outcome: 'infra', installed: [] },
      baseline: { outcome: 'infra', installed: [] },
    })
    expect(arms.candidate?.detail).toContain('absent-lib')
  })
})
