/** The Action's canary with the real clients of the npm side: what it locks anew, and whom it lets through a cool-down. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ArmIndex, armIndex } from '../action/canary/loopback-arms.ts'
import { emptyFolder, writeTree } from '../action/package-files.ts'
import { spawnAction } from '../action/spawn-action.ts'
import { type NpmClientName, npmClients } from './npm-clients.ts'
import { npmProject } from './npm-project.ts'
import { removeScratch } from './scratch-folder.ts'

afterAll(removeScratch)

/** The program's name, and a project's files that make it wait with young versions. */
const clients: readonly (readonly [NpmClientName, string, Readonly<Record<string, string>>])[] = [
  ['pnpm 10', 'pnpm', { 'pnpm-workspace.yaml': 'minimumReleaseAge: 1440\n' }],
  ['pnpm 12', 'pnpm', {}],
  ['Yarn 1', 'yarn', {}],
  ['Yarn 4', 'yarn', { '.yarnrc.yml': 'nodeLinker: node-modules\n' }],
  ['Bun', 'bun', { 'bunfig.toml': '[install]\nminimumReleaseAge = 86400\n' }],
]
/** Yarn 1 waits with nothing. */
const other = (client: NpmClientName, locked: boolean) => (client === 'Yarn 1' && !locked ? '1.1.0' : '1.0.0')
const dependencies = { demo: '^1.0.0', other: '^1.0.0' }

/** A folder with the client under the name that projects call it by. */
async function programs(client: NpmClientName, name: string): Promise<string> {
  const folder = await emptyFolder()
  const command = npmClients[client].command.map((part) => `'${part}'`).join(' ')
  await writeFile(join(folder, name), `#!/bin/sh\nexec ${command} "$@"\n`)
  await chmod(join(folder, name), 0o755)
  return folder
}

/** The lockfile as it was before the candidate: demo at 1.1.0, other at 1.0.0. */
async function lockfileAt(index: ArmIndex, client: NpmClientName): Promise<string> {
  const project = await npmProject(npmClients[client], `${index.url}/npm/`, dependencies)
  const ran = await project.run(npmClients[client].install)
  expect(ran.code, ran.out).toBe(0)
  return project.lock()
}

describe.each(clients)('%s', (client, program, settings) => {
  it.each([true, false])('moves the candidate alone, with a lockfile: %s', async (locked) => {
    const index = await armIndex()
    await index.npm('demo', '1.1.0', 'exports.price = 1\n')
    await index.npm('other', '1.0.0', '')
    const lock = locked ? await lockfileAt(index, client) : null
    await index.npm('demo', '1.2.0', 'exports.price = 2\n')
    await index.npm('other', '1.1.0', '')
    const checkout = await emptyFolder()
    const files = {
      'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', private: true, dependencies }),
      'test.js': `const { version } = require('other/package.json')
if (version !== '${other(client, locked)}') throw new Error('other is at ' + version)
if (require('demo').price !== 1) throw new Error('another price')
`,
      ...settings,
      ...(lock === null ? {} : { [npmClients[client].lockfile]: lock }),
      ...(lock === null ? { 'package.json': manifestFor(client) } : {}),
    }
    await writeTree(checkout, files)
    const slipway = index.request(['npm:demo@1.2.0'])
    const env = { PATH: `${await programs(client, program)}${delimiter}${process.env.PATH}`, ...index.oidc }
    const run = await spawnAction({ command: 'canary', run: 'node test.js', slipway }, checkout, env)
    await index.close()
    expect([run.code, run.errors], run.log).toEqual([0, []])
    expect(run.log).toContain(`$ ${program} install`)
    const report = index.reports[0] as { legs: { arms: Record<string, { detail: string }> }[] }
    const arms = report.legs[0]?.arms
    expect(arms, run.log).toMatchObject({
      candidate: { outcome: 'fail', installed: ['npm:demo@1.2.0'] },
      baseline: { outcome: 'pass', installed: ['npm:demo@1.1.0'] },
    })
    expect(arms?.candidate?.detail).toContain('another price')
    for (const [path, text] of Object.entries(files))
      expect(await readFile(join(checkout, path), 'utf8')).toBe(text)
  })
})

// npm 12 takes tarballs from below the arm alone, which the small index here does not give.
const withNpm = [...clients, ['npm 11', 'npm', {}]] as const

describe.each(withNpm)('%s in a workspace', (client, program, settings) => {
  it('tests one package of it, with the lockfile and settings of its root', async () => {
    const index = await armIndex()
    await index.npm('demo', '1.1.0', 'exports.price = 1\n')
    await index.npm('demo', '1.2.0', 'exports.price = 2\n')
    const checkout = await emptyFolder()
    const whole = program === 'pnpm' ? {} : { workspaces: ['packages/*'] }
    const own: Readonly<Record<string, string>> = settings
    const pnpm = `packages: ['packages/*']\n${own['pnpm-workspace.yaml'] ?? ''}`
    const files = {
      ...settings,
      ...(program === 'pnpm' ? { 'pnpm-workspace.yaml': pnpm } : {}),
      'package.json': manifestFor(client, { name: 'whole', ...whole }, {}),
      'packages/shop/package.json': JSON.stringify({
        name: 'shop',
        version: '1.0.0',
        dependencies: { demo: '*' },
      }),
      'packages/shop/test.js': "if (require('demo').price !== 1) throw new Error('another price')\n",
    }
    await writeTree(checkout, files)
    const slipway = index.request(['npm:demo@1.2.0'])
    const env = { PATH: `${await programs(client, program)}${delimiter}${process.env.PATH}`, ...index.oidc }
    const inputs = { command: 'canary', run: 'node test.js', slipway, 'working-directory': 'packages/shop' }
    const run = await spawnAction(inputs, checkout, env)
    await index.close()
    const report = index.reports[0] as { legs: { arms: object }[] } | undefined
    expect(report?.legs[0]?.arms, run.log).toMatchObject({
      candidate: { outcome: 'fail', installed: ['npm:demo@1.2.0'] },
      baseline: { outcome: 'pass', installed: ['npm:demo@1.1.0'] },
    })
  })
})

/** Without a lockfile `packageManager` names the client. */
function manifestFor(client: NpmClientName, more: object = {}, needed: object = dependencies): string {
  const versions: Readonly<Record<string, string>> = {
    'pnpm 10': 'pnpm@10.34.9',
    'pnpm 12': 'pnpm@12.21.0',
    'Yarn 1': 'yarn@1.22.22',
    'Yarn 4': 'yarn@4.18.1',
    Bun: 'bun@1.4.5',
  }
  const packageManager = versions[client]
  return JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    private: true,
    dependencies: needed,
    packageManager,
    ...more,
  })
}
