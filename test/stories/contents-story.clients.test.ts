/** What a release's files show before anybody has it: held at 0 % with a sentence that names the cause. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { create, extract } from 'tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTree } from '../action/package-files.ts'
import { isHere } from '../clients/pip-clients.ts'
import { runProgram } from '../clients/run-program.ts'
import { postForm } from '../server/pypi-form.ts'
import { adminToken, npmDocumentOf, startIndex, type TestIndex } from '../server/running-server.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

const hasTwine = await isHere('twine')
if (!hasTwine) console.log('left out: twine is not installed (scripts/install-tools.sh twine)')

let index: TestIndex
beforeAll(async () => {
  index = await startIndex({}, { compares: true })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

type Files = Readonly<Record<string, string>>

/** Uploads a wheel by twine. */
async function wheelOf(
  name: string,
  version: string,
  files: Files,
  headers: readonly string[] = ['Requires-Python: >=3.9'],
  tag = 'py3-none-any',
) {
  const info = `${name}-${version}.dist-info`
  const metadata = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`, ...headers, '', ''].join(
    '\n',
  )
  const all: Files = {
    ...files,
    [`${info}/METADATA`]: metadata,
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: ${tag}\n`,
  }
  const record = Object.keys(all).map((path) => `${path},,\n`)
  const bytes = zipSync(
    Object.fromEntries(
      Object.entries({ ...all, [`${info}/RECORD`]: record.join('') }).map(([path, text]) => [
        path,
        Buffer.from(text),
      ]),
    ),
  )
  const folder = await scratchFolder()
  const path = join(folder, `${name}-${version}-${tag}.whl`)
  await writeFile(path, Buffer.from(bytes))
  await uploadByTwine(path, folder)
}

function uploadByTwine(path: string, folder: string): Promise<void> {
  const to = ['--repository-url', `${index.url}/pypi/legacy/`, '-u', '__token__', '-p', adminToken]
  return run('twine', ['upload', '--non-interactive', '--disable-progress-bar', ...to, path], folder)
}

/** Publishes a package by npm. */
async function tarballOf(name: string, version: string, files: Files, manifest: object = {}) {
  const folder = await scratchFolder()
  const said = { name, version, main: 'index.js', ...manifest }
  const inside = Object.entries({
    'index.js': 'module.exports = 1\n',
    ...files,
    'package.json': JSON.stringify(said),
  })
  const registry = `${index.url}/npm/`
  await writeTree(folder, {
    ...Object.fromEntries(inside),
    '.npmrc': `registry=${registry}\n${registry.replace('http:', '')}:_authToken=${adminToken}\n`,
  })
  await run('npm', ['publish', '--ignore-scripts'], folder)
}

async function run(program: string, args: readonly string[], folder: string): Promise<void> {
  const env = { HOME: folder, PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring' }
  const ran = await runProgram(program, args, folder, env)
  expect(ran.code, ran.out).toBe(0)
}

/** An sdist as its project published it, with its proof: a real one, from the fixtures. */
const proved = { name: 'pypi-attestations', version: '0.0.19', file: 'pypi_attestations-0.0.19.tar.gz' }
const fixture = (name: string) => readFile(new URL(`../fixtures/attestations/${name}`, import.meta.url))

async function uploadProved(): Promise<void> {
  const { name, version, file } = proved
  const attestation = JSON.parse((await fixture(`${file}.publish.attestation`)).toString('utf8'))
  const fields = { filetype: 'sdist', requires_python: null, attestations: JSON.stringify([attestation]) }
  const form = { name, version, fileName: file, bytes: await fixture(file), fields }
  const answer = await postForm(index, form)
  expect([answer.status, answer.text]).toEqual([200, expect.anything()])
}

/** The same project's next sdist, packed and uploaded by hand. */
async function uploadUnproved(version: string): Promise<void> {
  const folder = await scratchFolder()
  const stem = `pypi_attestations-${version}`
  await mkdir(join(folder, stem))
  await writeFile(join(folder, 'old.tar.gz'), await fixture(proved.file))
  await extract({ file: join(folder, 'old.tar.gz'), cwd: join(folder, stem), strip: 1 })
  const info = join(folder, stem, 'PKG-INFO')
  await writeFile(info, (await readFile(info, 'utf8')).replace(/^Version: .*$/m, `Version: ${version}`))
  await create({ gzip: true, cwd: folder, file: join(folder, `${stem}.tar.gz`) }, [stem])
  await uploadByTwine(join(folder, `${stem}.tar.gz`), folder)
}

const rollout = async (release: string) => (await index.ask('GET', `/api/v1/rollouts/${release}`)).json
const begin = (release: string) => index.ask('POST', '/api/v1/rollouts', { releases: [release] })

/** Lets the comparison come in; gives the verdicts about files, and everything else of the rollout. */
async function compared(release: string) {
  await begin(release)
  const found = () => index.ask('GET', `/api/v1/rollouts/${release}/compare`).then(({ status }) => status)
  await expect.poll(found, { timeout: 20_000 }).toBe(200)
  await index.wait(1000)
  const { phase, percent, explanation } = await rollout(release)
  const { gates } = explanation as { gates: { gate: string; answer: string; sentence: string }[] }
  const said = gates.filter(({ gate }) => gate === 'contents' || gate === 'trust')
  return {
    phase,
    percent,
    said: said.map(({ answer, sentence }) => `${answer}: ${sentence.split(' Waiting')[0]}`),
  }
}

interface Story {
  readonly name: string
  readonly before: () => Promise<void>
  readonly after: () => Promise<void>
  readonly says: string
}

const stories: readonly (readonly [string, Story])[] = [
  [
    'a wheel without a module of its own',
    {
      name: 'pypi:lacks',
      before: () =>
        wheelOf('lacks', '1.0.0', { 'lacks/__init__.py': 'from . import inner\n', 'lacks/inner.py': '' }),
      after: () => wheelOf('lacks', '1.0.1', { 'lacks/__init__.py': 'from . import inner\n' }),
      says: 'It imports parts of itself that its files lack: lacks imports inner from lacks.',
    },
  ],
  [
    'an entry of "exports" that is gone',
    {
      name: 'npm:closes',
      before: () =>
        tarballOf('closes', '1.0.0', { 'a.js': '' }, { exports: { '.': './index.js', './a': './a.js' } }),
      after: () => tarballOf('closes', '1.0.1', { 'a.js': '' }, { exports: { '.': './index.js' } }),
      says: '"exports" no longer has: ./a',
    },
  ],
  [
    'a removed function that a hosted dependent uses, in a major release',
    {
      name: 'pypi:base',
      before: async () => {
        await wheelOf('base', '1.0.0', { 'base/__init__.py': 'def keep(): pass\ndef drop(): pass\n' })
        const uses = { 'user/__init__.py': 'from base import drop\n' }
        await wheelOf('user', '1.0.0', uses, ['Requires-Python: >=3.9', 'Requires-Dist: base'])
        await begin('pypi:user@1.0.0')
      },
      after: () => wheelOf('base', '2.0.0', { 'base/__init__.py': 'def keep(): pass\n' }),
      says: 'Dependents use what is gone: base:drop.',
    },
  ],
  [
    'a Requires-Python that is lost',
    {
      name: 'pypi:anywhere',
      before: () => wheelOf('anywhere', '1.0.0', { 'anywhere/__init__.py': '' }),
      after: () => wheelOf('anywhere', '1.0.1', { 'anywhere/__init__.py': '' }, []),
      says: 'It no longer says which Pythons it runs on',
    },
  ],
  [
    'a dependency that is missing',
    {
      name: 'pypi:needs',
      before: () =>
        wheelOf('needs', '1.0.0', { 'needs/__init__.py': 'import idna\n' }, [
          'Requires-Python: >=3.9',
          'Requires-Dist: idna',
        ]),
      after: () => wheelOf('needs', '1.0.1', { 'needs/__init__.py': 'import idna\n' }),
      says: 'A dependency was dropped and is still imported: ',
    },
  ],
  [
    'a platform that is lost',
    {
      name: 'pypi:compiled',
      before: async () => {
        for (const tag of ['cp312-cp312-manylinux_2_17_x86_64', 'cp312-cp312-win_amd64'])
          await wheelOf('compiled', '1.0.0', { 'compiled/__init__.py': '' }, undefined, tag)
      },
      after: () =>
        wheelOf(
          'compiled',
          '1.0.1',
          { 'compiled/__init__.py': '' },
          undefined,
          'cp312-cp312-manylinux_2_17_x86_64',
        ),
      says: 'Platforms that had a wheel have none: cp312 win amd64',
    },
  ],
  [
    'a proof of where it was built that is lost',
    {
      name: 'pypi:pypi-attestations',
      before: uploadProved,
      after: () => uploadUnproved('0.0.20'),
      says: 'The release before said how and where it was built, this one does not: pypi_attestations-0.0.20.tar.gz',
    },
  ],
  [
    'a new install script, in a major release',
    {
      name: 'npm:runs',
      before: () => tarballOf('runs', '1.0.0', {}),
      after: () => tarballOf('runs', '2.0.0', { 'go.js': '' }, { scripts: { postinstall: 'node go.js' } }),
      says: 'It now runs a script when it is installed: postinstall',
    },
  ],
]

describe.runIf(hasTwine)('a release whose files show that it breaks somebody', { timeout: 60_000 }, () => {
  it.each(stories)('%s is held at 0 percent', async (_, story) => {
    await story.before()
    const versions = (await index.ask('GET', `/api/v1/packages/${story.name.replace(':', '/')}`)).json
      .versions
    for (const { version } of versions as { version: string }[]) await begin(`${story.name}@${version}`)
    await story.after()
    const newest = (await index.ask('GET', `/api/v1/packages/${story.name.replace(':', '/')}`)).json.versions
    const release = `${story.name}@${(newest as { version: string }[]).at(-1)?.version}`
    const { phase, percent, said } = await compared(release)
    expect(said).toEqual([expect.stringContaining(`hold: `)])
    expect(said[0]).toContain(story.says)
    expect([phase, percent]).toEqual(['held', 0])
  })

  it('goes on once somebody says why it is meant, who may', async () => {
    const release = 'npm:closes@1.0.1'
    const path = `/api/v1/rollouts/${release}`
    const publisher = await index.token(['publish'], ['npm:*'])
    const reader = await index.token(['read'], ['npm:*'])
    const body = { code: 'exports-subpath-removed', reason: 'it was never documented', as: 'ada' }
    expect((await index.ask('POST', `${path}/dismiss`, body, reader)).status).toBe(403)
    // It stops, so it takes more than publishing.
    expect((await index.ask('POST', `${path}/dismiss`, body, publisher)).status).toBe(403)
    const stray = await index.ask('POST', `${path}/dismiss`, { ...body, code: 'nothing' })
    expect([stray.status, stray.json.field]).toEqual([409, 'code'])
    expect((await index.ask('POST', `${path}/dismiss`, { ...body, as: undefined })).json.field).toBe('as')
    expect((await index.ask('POST', `${path}/dismiss`, { ...body, reason: '' })).json.field).toBe('reason')
    expect((await index.ask('POST', `${path}/dismiss`, body)).status).toBe(200)
    await index.wait(1000)
    const { phase, explanation } = await rollout(release)
    expect(phase).not.toBe('held')
    expect(JSON.stringify(explanation)).not.toContain('"gate":"contents"')
    const shown = (await index.ask('GET', `${path}/compare`)).json
    expect(shown).toMatchObject({
      v: 1,
      from: 'npm:closes@1.0.0',
      to: release,
      change: 'patch',
      findings: [
        { code: 'exports-subpath-removed', level: 'stop', dismissed: { by: 'ada', reason: body.reason } },
      ],
    })
  })

  it('of which a question was answered beforehand, by who publishes, passes', async () => {
    await wheelOf('meant', '1.0.0', { 'meant/__init__.py': 'def keep(): pass\ndef drop(): pass\n' })
    await begin('pypi:meant@1.0.0')
    const publisher = await index.token(['publish'], ['pypi:*'])
    const body = { releases: ['pypi:meant@1.1.0'], meant: ['root-name-removed: meant:drop'], reason: 'old' }
    const stray = await index.ask('POST', '/api/v1/rollouts', { ...body, meant: ['gone: x'] }, publisher)
    expect([stray.status, stray.json.field]).toEqual([422, 'meant[0]'])
    const answer = await index.ask('POST', '/api/v1/rollouts', body, publisher)
    expect([answer.status, answer.text]).toEqual([201, expect.anything()])
    await wheelOf('meant', '1.1.0', { 'meant/__init__.py': 'def keep(): pass\n' })
    const { said, phase } = await compared('pypi:meant@1.1.0')
    const shown = (await index.ask('GET', '/api/v1/rollouts/pypi:meant@1.1.0/compare')).json
    expect(shown.findings).toMatchObject([
      { code: 'root-name-removed', what: ['meant:drop'], dismissed: { reason: 'old' } },
    ])
    expect(said).toEqual([])
    expect(phase).not.toBe('held')
  })
})

describe.runIf(hasTwine)('a good release', { timeout: 60_000 }, () => {
  it('passes without a word', async () => {
    await wheelOf('fine', '1.0.0', { 'fine/__init__.py': 'def f(): pass\n' })
    await begin('pypi:fine@1.0.0')
    await wheelOf('fine', '1.1.0', { 'fine/__init__.py': 'def f(): pass\ndef g(): pass\n' })
    const { said, phase } = await compared('pypi:fine@1.1.0')
    expect(said).toEqual([])
    expect(phase).not.toBe('held')
  })

  it('is shown to nobody before its files were compared', async () => {
    await tarballOf('early', '1.0.0', {})
    await tarballOf('early', '1.0.1', {})
    await begin('npm:early@1.0.1')
    expect((await npmDocumentOf(index, '', 'early'))['dist-tags'].latest).toBe('1.0.0')
  })
})

it.runIf(hasTwine)('two hosted releases can be compared by anybody who may read them', async () => {
  const path = '/api/v1/compare?from=npm:closes@1.0.0&to=npm:closes@1.0.1'
  const { json } = await index.ask('GET', path, undefined, null)
  expect(json).toMatchObject({ v: 1, findings: [{ code: 'exports-subpath-removed', dismissed: null }] })
  expect((await index.ask('GET', '/api/v1/compare?from=npm:closes@1.0.0&to=npm:runs@1.0.0')).status).toBe(422)
  expect((await index.ask('GET', '/api/v1/compare?from=npm:closes@1.0.0&to=npm:closes@9.9.9')).status).toBe(
    404,
  )
  expect((await index.ask('GET', '/api/v1/compare?from=closes&to=x')).json.field).toBe('from')
})
