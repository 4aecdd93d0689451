/** `compare`: what would be published against the newest release, on a pull request and before publishing. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rig, startRig } from '../github-stand-in/rig.ts'
import { type Loopback, loopback } from './loopback.ts'
import { emptyFolder, npmTarball, wheel, writeTree } from './package-files.ts'
import { type ActionRun, spawnAction } from './spawn-action.ts'

const lib = (names: readonly string[]) => names.map((name) => `exports.${name} = () => 1\n`).join('')
const manifest = { name: 'demo', version: '1.1.0', main: 'index.js', exports: './index.js' }

let rig: Rig
let registry: Loopback
let repositoryId: string
beforeAll(async () => {
  const folder = await emptyFolder()
  const exports = { exports: { '.': './index.js', './extra': './extra.js' } }
  const files = { 'index.js': lib(['a']), 'extra.js': lib(['b']) }
  const tarballs = new Map<string, Buffer>()
  for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1'])
    tarballs.set(version, await readFile(await npmTarball(folder, 'demo', version, files, exports)))
  const python = await wheel(folder, 'demo-lib', '1.0.0', 'def old():\n  pass\n')
  const wheelBytes = await readFile(python)
  registry = await loopback(({ path }, url) => {
    const version = /(?:demo\/|demo-)(\d[^/]*?)(?:\.tgz)?$/.exec(path)?.[1]
    const one = (name: string) => ({
      name: 'demo',
      version: name,
      dist: { tarball: `${url}/files/demo-${name}.tgz`, shasum: '0'.repeat(40) },
    })
    if (path.startsWith('/files/demo-') && version !== undefined) return { body: tarballs.get(version) }
    if (path === '/npm/demo') {
      const versions = Object.fromEntries([...tarballs.keys()].map((name) => [name, one(name)]))
      return { body: { name: 'demo', 'dist-tags': { latest: '1.1.0' }, versions } }
    }
    if (path.startsWith('/npm/demo/') && version !== undefined) return { body: one(version) }
    if (path === '/simple/demo-lib/') {
      const sha256 = createHash('sha256').update(wheelBytes).digest('hex')
      const file = {
        filename: basename(python),
        url: `${url}/files/wheel`,
        hashes: { sha256 },
        yanked: false,
      }
      const body = { meta: { 'api-version': '1.0' }, name: 'demo-lib', files: [file] }
      return {
        headers: { 'content-type': 'application/vnd.pypi.simple.v1+json' },
        body: JSON.stringify(body),
      }
    }
    return path === '/files/wheel' ? { body: wheelBytes } : undefined
  })
  rig = await startRig()
  const made = await rig.github.createRepository({ fullName: 'acme/demo', files: { a: '1' } })
  repositoryId = String(made.id)
  await rig.github.pullRequest('acme/demo', { title: 'Tidy', files: { b: '2' }, branch: 'tidy' })
})
afterAll(async () => {
  await rig.close()
  await registry.close()
})

/** A step in a checkout; with a number on that pull request. */
async function compare(
  checkout: string,
  inputs: Readonly<Record<string, string>> = {},
  pull: number | null = null,
  permissions: Readonly<Record<string, string>> = {
    contents: 'read',
    issues: 'write',
    pull_requests: 'write',
  },
): Promise<ActionRun> {
  const token = await rig.installationToken('acme', { repositories: ['demo'], permissions })
  const event = join(await emptyFolder(), 'event.json')
  const repository = { id: Number(repositoryId), full_name: 'acme/demo' }
  await writeFile(
    event,
    JSON.stringify({ repository, ...(pull !== null && { pull_request: { number: pull } }) }),
  )
  const given = {
    command: 'compare',
    'npm-registry': `${registry.url}/npm`,
    'pypi-index': `${registry.url}/simple`,
    'github-token': token,
    ...inputs,
  }
  return spawnAction(given, checkout, {
    GITHUB_API_URL: rig.github.url,
    GITHUB_EVENT_NAME: pull === null ? 'release' : 'pull_request',
    GITHUB_EVENT_PATH: event,
    GITHUB_REPOSITORY: 'acme/demo',
    GITHUB_REPOSITORY_ID: repositoryId,
  })
}

async function checkout(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await emptyFolder()
  await writeTree(folder, files)
  return folder
}
const project = (more: object = {}) =>
  checkout({ 'package.json': JSON.stringify({ ...manifest, ...more }), 'index.js': lib(['a']) })
const comments = () => rig.github.comments('acme/demo', 1)

describe('on a pull request', () => {
  it('packs what would be published and says in one comment what it takes away', async () => {
    const run = await compare(await project(), {}, 1)
    expect(run.errors, run.log).toEqual([])
    expect(run.outputs.loudest).toBe('stop')
    const [comment, ...others] = await comments()
    expect(others).toEqual([])
    expect(comment?.body).toMatchInlineSnapshot(`
      "### \`npm:demo@1.1.0\` as it is here, against the published one

      Its number is not raised yet, so it is judged as a patch release.

      **Stops a release**

      - \`exports-subpath-removed\`: "exports" no longer has: ./extra.

      What stops a release takes somebody with maintain permission, once it is published.

      <!-- slipway:comment compare release -->"
    `)
    expect(run.summary.trim()).toBe(comment?.body.split('\n\n<!--')[0])
  })

  it('edits that comment when the next push mends it', async () => {
    const mended = await checkout({
      'package.json': JSON.stringify({
        ...manifest,
        version: '1.2.0',
        exports: { '.': './index.js', './extra': './extra.js' },
      }),
      'index.js': lib(['a', 'c']),
      'extra.js': lib(['b']),
    })
    const run = await compare(mended, {}, 1)
    expect(run.outputs.loudest).toBe('nothing')
    const all = await comments()
    expect(all).toHaveLength(1)
    expect(all[0]?.body).toContain('Nothing that others would notice is taken away or made stricter.')
  })

  it('posts nothing where nothing is found', async () => {
    await rig.github.pullRequest('acme/demo', { title: 'Other', files: { c: '3' }, branch: 'other' })
    const same = await checkout({
      'package.json': JSON.stringify({
        ...manifest,
        exports: { '.': './index.js', './extra': './extra.js' },
      }),
      'index.js': lib(['a']),
      'extra.js': lib(['b']),
    })
    await compare(same, {}, 2)
    expect(await rig.github.comments('acme/demo', 2)).toEqual([])
  })

  it('without the permission to comment says what is missing, and keeps the summary', async () => {
    const run = await compare(await project(), {}, 1, { contents: 'read' })
    expect(run.code, run.log).toBe(0)
    expect(run.log).toContain('pull-requests: write')
    expect(run.summary).toContain('exports-subpath-removed')
  })
})

describe('before publishing', () => {
  it('stops the job where fail-on says so, and not otherwise', async () => {
    const folder = await project()
    expect((await compare(folder)).code).toBe(0)
    const stopped = await compare(folder, { 'fail-on': 'ask' })
    expect([stopped.code, stopped.errors[0]]).toEqual([
      1,
      'The files show what is found at level stop; fail-on is ask.',
    ])
  })

  it('reads wheels that the job built, against the newest final', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'demo-lib', '1.0.1', 'def new():\n  pass\n')
    const run = await compare(folder, { files: '*.whl' })
    expect(run.outputs.loudest, run.log).toBe('ask')
    expect(run.summary).toContain('`pypi:demo-lib@1.0.1` against `pypi:demo-lib@1.0.0`')
    expect(run.summary).toContain('`meant: root-name-removed: demo_lib:old`')
  })

  it.each<[string, object, string]>([
    ['a first release', { name: 'brand-new' }, 'it is the first release of the package'],
    ['a backport', { version: '0.9.1' }, '`npm:demo@1.1.0`'],
    ['a pre-release', { version: '2.0.0-rc.2' }, '`npm:demo@1.1.0`'],
  ])('%s', async (_, more, words) => {
    const run = await compare(await project(more))
    expect(run.code, run.log).toBe(0)
    expect(run.summary).toContain(words)
  })

  it.each([
    ['nothing to pack', {}, 'there is no package.json to pack'],
    ['a file that is not there', { files: 'dist/*.whl' }, 'dist/*.whl'],
    [
      'a level that is none',
      { 'fail-on': 'high' },
      'fail-on: got "high", expected stop, ask, say or nothing',
    ],
  ])('%s is refused with what is accepted', async (_, inputs, words) => {
    const run = await compare(await emptyFolder(), inputs)
    expect(run.code).toBe(1)
    expect(run.errors.join()).toContain(words)
  })

  it('a registry that does not answer stops nobody, and is said', async () => {
    const run = await compare(await project(), { 'npm-registry': 'http://127.0.0.1:9', 'fail-on': 'stop' })
    expect([run.code, run.outputs.loudest]).toEqual([0, 'nothing'])
    expect(run.log).toContain('npm:demo@1.1.0 was not compared')
  })
})
