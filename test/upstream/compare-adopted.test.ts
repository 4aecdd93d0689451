/** Releases of other indexes are compared before anybody gets them, as hosted ones are. */
import { createHash } from 'node:crypto'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tarball } from '../archives/odd-archives.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { aPackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

const day = 86_400_000
const jsonType = 'application/vnd.pypi.simple.v1+json'

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

type Files = Readonly<Record<string, string>>

async function adopting(files = 'keep'): Promise<void> {
  index = await startOverlaid(
    `
upstreams: { npm: { url: "${upstream.url}" }, pypi: { url: "${upstream.url}/simple" } }
adopt: [{ match: "*" }]
files: ${files}
`,
    null,
    true,
  )
}

/** A project of wheels at the upstream: 1.0.0 is old, 1.1.0 a day. */
function giveWheels(
  before: Files,
  after: Files,
  bytes: (body: Uint8Array) => Uint8Array = (body) => body,
): void {
  const listed = Object.entries({ '1.0.0': before, '1.1.0': after }).map(([version, files]) => {
    const metadata = `Metadata-Version: 2.1\nName: lib\nVersion: ${version}\nRequires-Python: >=3.9\n\n`
    const all = { ...files, [`lib-${version}.dist-info/METADATA`]: metadata }
    const body = zipSync(
      Object.fromEntries(Object.entries(all).map(([path, text]) => [path, Buffer.from(text)])),
    )
    const filename = `lib-${version}-py3-none-any.whl`
    upstream.answers.set(`/files/${filename}`, {
      type: 'application/octet-stream',
      body: Buffer.from(bytes(body)),
    })
    return {
      filename,
      url: `${upstream.url}/files/${filename}`,
      hashes: { sha256: createHash('sha256').update(body).digest('hex') },
      'upload-time': new Date(Date.now() - (version === '1.0.0' ? 100 : 1) * day).toISOString(),
      'requires-python': '>=3.9',
    }
  })
  const document = { meta: { 'api-version': '1.1' }, name: 'lib', files: listed }
  upstream.answers.set('/simple/lib/', { type: jsonType, body: JSON.stringify(document) })
}

/** The verdict of the stage once files were compared. */
async function explained(release: string): Promise<string> {
  const path = `/api/v1/rollouts/${release}`
  return vi.waitFor(
    async () => {
      await index.wait(1000)
      const text = JSON.stringify((await index.get(path)).json.explanation)
      expect(text).not.toContain('are being compared')
      return text
    },
    { timeout: 20_000, interval: 50 },
  )
}

describe('an adopted release', () => {
  it.each(['keep', 'proxy'])('whose wheel lacks a module is held, with files: %s', async (files) => {
    giveWheels(
      { 'lib/__init__.py': 'from .a import b', 'lib/a.py': 'b = 1' },
      { 'lib/__init__.py': 'from .a import b' },
    )
    await adopting(files)
    await index.get('/pypi/simple/lib/', { accept: jsonType })
    await index.adopt()
    expect(await explained('pypi:lib@1.1.0')).toContain(
      'It imports parts of itself that its files lack: lib imports lib.a.',
    )
    const shown = await index.get('/api/v1/rollouts/pypi:lib@1.1.0/compare')
    expect(shown.json).toMatchObject({
      files: [['lib-1.0.0-py3-none-any.whl', 'lib-1.1.0-py3-none-any.whl']],
      findings: [{ code: 'own-import-missing', level: 'stop' }, { code: 'module-removed' }],
      unread: [],
    })
    const asked = await index.get('/api/v1/compare?from=pypi:lib@1.0.0&to=pypi:lib@1.1.0')
    expect(asked.json).toMatchObject({ findings: [{ code: 'own-import-missing' }, {}] })
  })

  it('that is a good one goes on without a word', async () => {
    giveWheels({ 'lib/__init__.py': 'a = 1' }, { 'lib/__init__.py': 'a = 2' })
    await adopting()
    await index.get('/pypi/simple/lib/', { accept: jsonType })
    await index.adopt()
    expect(await explained('pypi:lib@1.1.0')).not.toMatch(/"gate":"(contents|trust)"/)
    const taken = upstream.asked.filter((line) => line.includes('/files/'))
    expect(taken.sort()).toEqual([
      'GET /files/lib-1.0.0-py3-none-any.whl 200',
      'GET /files/lib-1.1.0-py3-none-any.whl 200',
      // Once more for what it needs: this index tells no metadata of its own.
      'GET /files/lib-1.1.0-py3-none-any.whl 200',
    ])
  })

  it('whose bytes are others than its index says is not compared, and that is said', async () => {
    giveWheels({ 'lib/__init__.py': 'a = 1' }, { 'lib/__init__.py': '' }, (body) =>
      Buffer.concat([body, Buffer.alloc(1)]),
    )
    await adopting()
    await index.get('/pypi/simple/lib/', { accept: jsonType })
    await index.adopt()
    await explained('pypi:lib@1.1.0')
    const shown = await index.get('/api/v1/rollouts/pypi:lib@1.1.0/compare')
    expect(shown.json).toMatchObject({
      findings: [],
      unread: [{ why: expect.stringContaining('digest') }, {}],
    })
  })
})

describe('an adopted release of npm', () => {
  /** 1.0.0 as owners published it, and 1.1.0, which `change` makes another one. */
  function giveTarballs(change: Readonly<Record<string, unknown>>, manifest: object = {}): void {
    const document = aPackument('lib', { '1.0.0': 100, '1.1.0': 1 }, {}, upstream.url)
    const versions = Object.fromEntries(
      Object.entries(document.versions).map(([version, known]) => {
        const said = { name: 'lib', version, main: 'index.js', ...(version === '1.1.0' && manifest) }
        const body = tarball([
          { path: 'package/package.json', text: JSON.stringify(said) },
          { path: 'package/index.js', text: 'module.exports = 1' },
        ])
        upstream.answers.set(`/lib/-/lib-${version}.tgz`, {
          type: 'application/octet-stream',
          body: Buffer.from(body),
        })
        const integrity = `sha512-${createHash('sha512').update(body).digest('base64')}`
        const { attestations: _, ...plain } = known.dist
        const owned = {
          ...known,
          scripts: {},
          maintainers: [{ name: 'mona' }],
          dist: { ...plain, integrity },
        }
        return [version, { ...owned, ...(version === '1.1.0' && change) }]
      }),
    )
    upstream.answers.set('/lib', {
      type: 'application/json',
      body: JSON.stringify({ ...document, versions }),
    })
  }

  it.each<[string, object, object, RegExp]>([
    [
      'a stranger published',
      { _npmUser: { name: 'eve' } },
      {},
      /Somebody published it who neither .*: eve\./,
    ],
    ['runs something at install', {}, { scripts: { postinstall: 'node x.js' } }, /postinstall: node x\.js/],
    [
      'needs a package of yesterday',
      {},
      { dependencies: { fresh: '^1.0.0' } },
      /hardly anybody has known for long: fresh,/,
    ],
  ])('that %s is held by the gate trust', async (_, change, manifest, sentence) => {
    giveTarballs({ ...change }, manifest)
    const fresh = aPackument('fresh', { '1.0.0': 2 }, {}, upstream.url)
    const time = { ...fresh.time, created: new Date(Date.now() - 2 * day).toISOString() }
    upstream.answers.set('/fresh', { type: 'application/json', body: JSON.stringify({ ...fresh, time }) })
    await adopting()
    await index.get('/npm/lib', { accept: 'application/json' })
    await index.adopt()
    const said = await explained('npm:lib@1.1.0')
    expect(said).toMatch(sentence)
    expect(said).toContain('"gate":"trust"')
  })

  it('that its owner published passes without a word', async () => {
    giveTarballs({})
    await adopting()
    await index.get('/npm/lib', { accept: 'application/json' })
    await index.adopt()
    expect(await explained('npm:lib@1.1.0')).not.toMatch(/"gate":"(contents|trust)"/)
  })
})
