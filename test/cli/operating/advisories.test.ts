import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmTarball, writeTree } from '../../action/package-files.ts'
import { type RealServer, realServer } from '../real-server.ts'

let server: RealServer

beforeAll(async () => {
  server = await realServer()
  await npmTarball(server.folder, 'demo', '1.0.0')
  await server.cli(server.admin, 'publish', 'demo-1.0.0.tgz')
}, 60_000)
afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

const advisories = (...args: string[]) =>
  server.cli(server.admin, 'package', 'advisories', 'npm:demo', ...args)
const file = (text: string) => writeTree(server.folder, { 'advisories.json': text })
const weak = { id: 'GHSA-1', affected: '<1.1.0', summary: 'reads \u001b[2J more' }

describe('package advisories', { timeout: 120_000 }, () => {
  it('sets them from a file, prints them, and takes them back', async () => {
    expect((await advisories()).out).toBe('nothing is known against npm:demo\n')
    await file(JSON.stringify([weak, { ...weak, id: 'CVE-2026-1', affected: '1.0.x', summary: 'waits' }]))
    const set = await advisories('--set', 'advisories.json')
    expect([set.code, set.err]).toEqual([1, expect.stringContaining('advisories.0.summary')])
    await file(
      JSON.stringify([
        { ...weak, summary: 'reads more' },
        { ...weak, id: 'CVE-2026-1', summary: 'waits' },
      ]),
    )
    expect(await advisories('--set', 'advisories.json')).toMatchObject({
      code: 0,
      out: '  GHSA-1      <1.1.0  reads more\n  CVE-2026-1  <1.1.0  waits\n',
    })
    const printed = await advisories('--json')
    expect(JSON.parse(printed.out).advisories).toHaveLength(2)
    // What --json prints can be put back.
    await file(printed.out)
    expect((await advisories('--set', 'advisories.json')).code).toBe(0)
    expect((await advisories('--json')).out).toBe(printed.out)
    await file('[]')
    expect((await advisories('--set', 'advisories.json')).out).toBe('nothing is known against npm:demo\n')
  })

  it.each([
    ['no JSON', '{', 'set: got advisories.json (no JSON), expected a JSON file with a list of advisories'],
    ['no list', '{"id":"GHSA-1"}', 'set: got no list in advisories.json, expected a JSON file with a list'],
  ])('a file with %s ends with 2 before anything is sent', async (_, text, said) => {
    await file(text)
    const run = await advisories('--set', 'advisories.json')
    expect([run.code, run.out]).toEqual([2, ''])
    expect(run.err).toContain(said)
  })

  it('a file that is not there ends with 2; a package that is not there with 1', async () => {
    const run = await advisories('--set', 'missing.json')
    expect([run.code, run.err]).toEqual([
      2,
      expect.stringContaining('"missing.json" (there is no such file)'),
    ])
    const other = await server.cli(server.admin, 'package', 'advisories', 'npm:nobody')
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('There is no package npm:nobody')])
  })
})
