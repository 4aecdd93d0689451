/** Every command that takes `--json` has a schema in the docs, and what it prints is what that schema says. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CliContext } from '../../../src/cli/cli-context.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { outputSchemas } from '../../../src/cli/schemas/output-schemas.ts'
import {
  adminToken,
  packNpm,
  startIndex,
  type TestIndex,
  withCandidate,
} from '../../server/running-server.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { slipway } from '../in-process.ts'

/** The commands with nothing below them, by the words that are typed. */
function leaves(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(' '), command]]
  return command.commands.flatMap((one) => leaves(one, [...path, one.name()]))
}

const unused: CliContext = {
  env: {},
  cwd: '/',
  now: () => 0,
  out: () => {},
  err: () => {},
  colour: false,
  live: false,
  ask: null,
  version: '0',
  root: '/',
  serve: async () => 0,
}
const commands = leaves(buildProgram(unused, () => {}))

/** What prints a script or a show instead of an answer. */
const noAnswer = ['completion', 'demo']

it('every command prints JSON, and what it prints is described', () => {
  const withJson = commands.flatMap(([name, command]) =>
    command.options.some(({ long }) => long === '--json') ? [name] : [],
  )
  expect(withJson.toSorted()).toEqual(Object.keys(outputSchemas).toSorted())
  const others = commands.map(([name]) => name).filter((name) => !withJson.includes(name))
  expect(others.toSorted()).toEqual(noAnswer)
})

describe('what is printed', () => {
  let index: TestIndex
  let folder: string
  beforeAll(async () => {
    index = await startIndex()
    folder = await scratchFolder()
    await withCandidate(index, 'seen')
    await withCandidate(index, 'other')
    await writeFile(
      join(folder, 'package.json'),
      '{"name":"app","version":"1.0.0","dependencies":{"seen":"1"}}',
    )
    await mkdir(join(folder, '.github'))
    const series = `releases:
  - package: pypi:demo
    series: { start: "3.9.0", from: 2019-12, bump: minor, support: 42 months }
    streams:
      beta: { match: prerelease b, channel: beta, profile: rapid, cadence: 2 months, pauseDuring: rc }
      rc: { match: prerelease rc, channel: rc, length: 2 months, count: 2, every: 1 month }
      stable: { match: final, channel: stable, cadence: 2 years in August }
`
    await writeFile(join(folder, '.github/slipway.yml'), series)
    for (const version of ['1.0.0', '1.1.0'])
      await writeFile(join(folder, `seen-${version}.tgz`), await packNpm('seen', version))
    await writeFile(join(folder, 'advisories.json'), '[]')
  })
  afterAll(async () => {
    expect(index.errors).toEqual([])
    await index.close()
  })

  const id = 'npm:seen@1.1.0'
  const because = ['--reason', 'for the test', '--as', 'ada']
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['status', [id]],
    ['why', [id]],
    ['why', [id, '--key', 'me']],
    ['list', []],
    ['pause', [id]],
    ['resume', [id]],
    ['stop', [id, ...because]],
    ['dependents', ['npm:seen', '--find']],
    ['outdated', []],
    ['start', [id]],
    ['token create', ['--scopes', 'read', '--packages', '*']],
    ['token list', []],
    ['audit-log', []],
    ['audit', ['--dry-run']],
    ['package show', ['npm:seen']],
    ['package status', ['npm:seen']],
    ['package owner', ['npm:seen', 'acme/seen', '--id', '77']],
    [
      'package publishers',
      ['npm:seen', '--repository-id', '77', '--owner-id', '7', '--workflow', '.github/workflows/r.yml'],
    ],
    ['package advisories', ['npm:seen', '--set', 'advisories.json']],
    ['package yank', ['npm:seen@1.0.0', '--reason', 'x']],
    ['package unyank', ['npm:seen@1.0.0']],
    ['package label', ['npm:seen@1.0.0', 'unsupported', '--reason', 'x']],
    ['package unlabel', ['npm:seen@1.0.0']],
    ['package block', ['npm:seen@1.0.0', ...because]],
    ['package unblock', ['npm:seen@1.0.0', ...because]],
    ['rollback', [id, ...because]],
    ['restart', [id, ...because]],
    ['abandon', ['npm:other@1.1.0', ...because]],
    ['block', ['npm:other@1.1.0', ...because]],
    ['unblock', ['npm:other@1.1.0', ...because]],
    ['doctor', []],
    ['init', ['platform', '--server', 'https://slipway.example']],
    ['check-config', []],
    ['simulate', ['--releases', '20', '--workers', '0']],
    ['calendar', ['--package', 'pypi:demo']],
    ['compare', ['seen-1.0.0.tgz', 'seen-1.1.0.tgz']],
    ['env list', []],
    ['env prune', ['--dry-run']],
  ]
  it('by each command is what the docs say', async () => {
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: adminToken, SLIPWAY_ENV_ROOT: folder }
    for (const [name, args] of rows) {
      const run = await slipway(folder, [...name.split(' '), ...args, '--json'], { env })
      const parsed = outputSchemas[name]?.safeParse(run.out === '' ? run.err : JSON.parse(run.out))
      expect(`${name}: ${parsed?.error?.message ?? 'as described'}`).toBe(`${name}: as described`)
    }
  })
})
