import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../../../src/registries/slipway-index/run-program.ts'
import { emptyFolder, writeTree } from '../package-files.ts'
import { spawnAction } from '../spawn-action.ts'
import { type ArmIndex, armIndex } from './loopback-arms.ts'

const isHere = (program: string) => spawnSync(program, ['--version']).status === 0
const clients = [
  {
    client: 'poetry',
    lockfile: 'poetry.lock',
    project: `[tool.poetry]
name = "shop"
version = "1.0.0"
description = ""
authors = []
packages = []
[tool.poetry.dependencies]
python = ">=3.8"
demo-lib = ">=1"
other-lib = ">=1"
`,
    source: (url: string) =>
      `[[tool.poetry.source]]\nname = "arm"\nurl = "${url}/pypi/simple/"\ndefault = true\n`,
  },
  {
    client: 'uv',
    lockfile: 'uv.lock',
    project:
      '[project]\nname = "shop"\nversion = "1.0.0"\nrequires-python = ">=3.8"\ndependencies = ["demo-lib>=1", "other-lib>=1"]\n',
    source: (url: string) => `[[tool.uv.index]]
url = "${url}/pypi/simple/"
default = true
`,
  },
]

let index: ArmIndex
beforeEach(async () => {
  index = await armIndex()
  await index.wheel('demo-lib', '1.1.0', 'ANSWER = 1\n')
  await index.wheel('other-lib', '1.0.0', 'ANSWER = 1\n')
})
afterEach(() => index.close())

for (const { client, lockfile, project, source } of clients) {
  const here = isHere(client)
  if (!here) console.log(`skipped: the canary with ${client}, because ${client} is not on this machine`)
  describe.skipIf(!here)(client, { timeout: 240_000 }, () => {
    it('tests both arms of a project without a lockfile and leaves the checkout alone', async () => {
      await index.wheel('demo-lib', '1.2.0', 'ANSWER = 2\n')
      const checkout = await emptyFolder()
      const test = 'import demo_lib, other_lib\nassert demo_lib.ANSWER == 1\n'
      // uv is known by its lockfile or its table.
      const table = client === 'uv' ? '[tool.uv]\npackage = false\n' : ''
      await writeTree(checkout, { 'pyproject.toml': project + table, 'test.py': test })
      const slipway = index.request(['pypi:demo-lib@1.2.0'])
      const run = await spawnAction(
        { command: 'canary', run: 'python test.py', slipway },
        checkout,
        index.oidc,
      )
      expect([run.code, run.errors], run.log).toEqual([0, []])
      const report = index.reports[0] as { legs: { arms: object }[] }
      expect(report.legs[0]?.arms, run.log).toMatchObject({
        candidate: { outcome: 'fail', installed: ['pypi:demo-lib@1.2.0'] },
        baseline: { outcome: 'pass', installed: ['pypi:demo-lib@1.1.0'] },
      })
      expect(await readFile(join(checkout, 'pyproject.toml'), 'utf8')).toBe(project + table)
      expect(spawnSync('ls', [checkout], { encoding: 'utf8' }).stdout).not.toContain(lockfile)
    })

    it('locks the candidate alone anew', async () => {
      const before = await emptyFolder()
      await writeTree(before, { 'pyproject.toml': project + source(index.url) })
      const env = { PATH: process.env.PATH, HOME: before, POETRY_VIRTUALENVS_CREATE: 'false' }
      const lockOnce = { program: client, args: ['lock'], cwd: before, env, timeoutMs: 120_000 }
      const locked = await runProgram(lockOnce)
      expect(locked.code, locked.tail).toBe(0)
      // As it is when everything came from PyPI.
      const lock = (await readFile(join(before, lockfile), 'utf8'))
        .replace(/\n\[package\.source\]\n(?:\w.*\n)+/g, '')
        .replaceAll(`${index.url}/pypi/simple/`, 'https://pypi.org/simple')
      await index.wheel('demo-lib', '1.2.0', 'ANSWER = 2\n')
      await index.wheel('other-lib', '1.1.0', 'ANSWER = 2\n')
      const checkout = await emptyFolder()
      const test = 'import demo_lib, other_lib\nassert other_lib.ANSWER == 1\n'
      await writeTree(checkout, { 'pyproject.toml': project, [lockfile]: lock, 'test.py': test })
      const slipway = index.request(['pypi:demo-lib@1.2.0'])
      const run = await spawnAction(
        { command: 'canary', run: 'python test.py', slipway },
        checkout,
        index.oidc,
      )
      const report = index.reports[0] as { legs: { arms: object }[] }
      expect(report.legs[0]?.arms, run.log).toMatchObject({
        candidate: { outcome: 'pass', installed: ['pypi:demo-lib@1.2.0'] },
        baseline: { outcome: 'pass', installed: ['pypi:demo-lib@1.1.0'] },
      })
      expect(await readFile(join(checkout, lockfile), 'utf8')).toBe(lock)
    })
  })
}
