import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'slipway-compare-'))
const bytesOf = (text: string) => new TextEncoder().encode(text)

function wheel(version: string, files: Readonly<Record<string, string>>): string {
  const metadata = `Metadata-Version: 2.1\nName: demo-lib\nVersion: ${version}\nRequires-Python: >=3.9\n\n`
  const all = { ...files, [`demo_lib-${version}.dist-info/METADATA`]: metadata }
  const name = `demo_lib-${version}-py3-none-any.whl`
  writeFileSync(
    join(folder, name),
    zipSync(Object.fromEntries(Object.entries(all).map(([path, text]) => [path, bytesOf(text)]))),
  )
  return name
}

const good = wheel('1.0.0', { 'demo_lib/__init__.py': 'def area(r): return r' })
const bad = wheel('1.1.0', { 'demo_lib/__init__.py': 'from .shapes import area' })
const user = (() => {
  const name = 'user-1.0-py3-none-any.whl'
  writeFileSync(
    join(folder, name),
    zipSync({
      'user.py': bytesOf('from demo_lib import area'),
      'user-1.0.dist-info/METADATA': bytesOf('Name: user\n'),
    }),
  )
  return name
})()
const major = wheel('2.0.0', { 'demo_lib/__init__.py': '' })
writeFileSync(join(folder, 'torn-1.0-py3-none-any.whl'), 'PK no zip')

const index = createServer((request, response) => {
  const file = (name: string) => ({
    filename: name,
    url: `/files/${name}`,
    hashes: {},
    'requires-python': '>=3.9',
  })
  if (request.url === '/simple/demo-lib/')
    response.end(
      JSON.stringify({ name: 'demo-lib', files: [file(good), file('demo_lib-1.0.0.tar.gz'), file(bad)] }),
    )
  else if (request.url?.startsWith('/files/'))
    response.end(readFileSync(join(folder, request.url?.slice(7) ?? '')))
  else response.writeHead(404).end()
})
beforeAll(() => new Promise<void>((resolve) => index.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => index.close(resolve)))

async function slipway(...args: string[]) {
  const said = { out: '', err: '' }
  const address = `http://127.0.0.1:${(index.address() as AddressInfo).port}/simple/`
  const code = await runCli(args, {
    env: { PIP_INDEX_URL: address, npm_config_registry: address },
    cwd: folder,
    now: () => 0,
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    colour: false,
    live: false,
    ask: null,
    version: '0.0.0',
    root: folder,
    serve: async () => 0,
  })
  return { code, ...said }
}

it('names the cause of a wheel without one of its modules', async () => {
  const { code, out } = await slipway('compare', good, bad)
  expect(out).toMatchInlineSnapshot(`
    "pypi:demo-lib@1.0.0 -> pypi:demo-lib@1.1.0: by its number a minor release
    stop own-import-missing: It imports parts of itself that its files lack: demo_lib imports demo_lib.shapes.
    read: demo_lib-1.0.0-py3-none-any.whl, demo_lib-1.1.0-py3-none-any.whl
    "
  `)
  expect(code).toBe(0)
})

it('fails on the level that it is told to', async () => {
  expect((await slipway('compare', good, bad, '--fail-on', 'stop')).code).toBe(1)
  expect((await slipway('compare', good, major, '--fail-on', 'ask')).code).toBe(0)
  expect((await slipway('compare', good, major, '--fail-on', 'say')).code).toBe(1)
})

it('says who uses what a major release takes away', async () => {
  const { code, out } = await slipway(
    'compare',
    good,
    major,
    '--used-by',
    user,
    '--fail-on',
    'stop',
    '--json',
  )
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    v: 1,
    from: 'pypi:demo-lib@1.0.0',
    to: 'pypi:demo-lib@2.0.0',
    change: 'major',
    files: [[good, major]],
    findings: [
      {
        code: 'used-name-removed',
        level: 'stop',
        what: ['demo_lib:area'],
        more: 0,
        usedBy: [{ release: 'pypi:user@1.0', where: 'user.py:1' }],
        dismissed: null,
      },
      { code: 'root-name-removed', level: 'say' },
    ],
    unread: [],
  })
})

it('reads releases from a registry, with what else they list', async () => {
  const { out, err, code } = await slipway('compare', 'pypi:demo-lib@1.0.0', 'pypi:Demo_Lib@1.1.0')
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(out).toContain('own-import-missing')
  expect(out).toContain('sdist-lost: It has no source archive any more: demo_lib-1.0.0.tar.gz')
})

it.each([
  [
    ['compare', '.', good],
    2,
    'baseline: got the folder ., expected what would be published from it: npm pack',
  ],
  [
    ['compare', good, 'https://e.org/a.whl'],
    2,
    'candidate: got the address https://e.org/a.whl, expected a rel',
  ],
  [['compare', good, 'nothing'], 2, 'candidate: no file nothing, and no release'],
  [['compare', good, user], 2, 'candidate: got pypi:user@1.0, expected a release of pypi:demo-lib'],
  [['compare', 'torn-1.0-py3-none-any.whl', good], 1, 'baseline: torn-1.0-py3-none-any.whl: archive:'],
  [['compare', good, 'pypi:demo-lib@9'], 1, 'candidate: pypi:demo-lib@9 is not at'],
  [['compare', good, bad, '--fail-on', 'loud'], 2, 'fail-on: got "loud", expected stop, ask or say'],
])('%j ends with %i', async (args, code, message) => {
  const ended = await slipway(...args)
  expect(ended.err).toContain(message)
  expect(ended.code).toBe(code)
  expect(ended.out).toBe('')
})
