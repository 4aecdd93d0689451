import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Asked, type Loopback, loopback, type Reply } from './loopback.ts'
import { emptyFolder, npmTarball, sourceArchive, wheel, writeTree } from './package-files.ts'
import { rolloutAnswer } from './rollout-answer.ts'
import { spawnAction } from './spawn-action.ts'

let server: Loopback | undefined
afterEach(() => server?.close())

/** A server that takes everything, except what `special` answers. */
async function index(special: (asked: Asked) => Reply | undefined = () => undefined): Promise<Loopback> {
  server = await loopback((asked) => {
    const reply = special(asked)
    if (reply !== undefined) return reply
    if (asked.method === 'PUT') return { status: 201, body: { ok: true } }
    if (asked.path === '/pypi/legacy/') return { body: '' }
    if (asked.path === '/api/v1/rollouts') return { status: 201, body: rolloutAnswer() }
    return undefined
  })
  return server
}

const publish = (
  url: string,
  folder: string,
  inputs: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = {},
) => spawnAction({ command: 'publish', server: url, token: 'slw_secret', files: '*', ...inputs }, folder, env)

const writes = (on: Loopback) => on.asked.filter(({ method }) => method !== 'GET')

describe('publish', () => {
  it('uploads a tarball, a wheel and a source archive and starts one rollout', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, '@acme/demo', '1.1.0')
    await wheel(folder, 'Demo-Lib', '1.1.0', 'ANSWER = 2\n', [
      'Summary: shows\n  two lines',
      'Classifier: A :: B',
      'Classifier: C :: D',
      'Project-URL: Home, https://example.org',
    ])
    await sourceArchive(folder, 'demo-lib', '1.1.0')
    const on = await index()
    const run = await publish(on.url, folder, {}, { GITHUB_REF: 'refs/tags/v1.1.0' })

    expect(run.errors).toEqual([])
    expect(run.code).toBe(0)
    const asked = writes(on).map(({ method, path }) => `${method} ${path}`)
    expect([asked[0], asked.at(-1)]).toEqual(['POST /api/v1/rollouts', 'POST /api/v1/rollouts'])
    expect(asked.slice(1, -1).sort()).toEqual([
      'POST /pypi/legacy/',
      'POST /pypi/legacy/',
      'PUT /npm/@acme%2fdemo',
    ])
    const start = JSON.parse(String(writes(on)[4]?.body))
    expect(start).toEqual({
      releases: ['pypi:demo-lib@1.1.0', 'npm:@acme/demo@1.1.0'],
      reason: 'published by acme/lib, run 99 of release',
      origin: { repositoryId: '7', repository: 'acme/lib', commit: 'c'.repeat(40), tag: 'v1.1.0' },
    })
    expect(run.outputs).toEqual({
      rollout: 'ro-abcdefghijklmnop',
      phase: 'rolling',
      percent: '5',
      'tracking-issue': '',
      url: `${on.url}/rollouts/ro-abcdefghijklmnop`,
    })
    expect(run.summary.replaceAll(on.url, 'https://slipway.test')).toMatchInlineSnapshot(`
      "### \`npm:demo@1.1.0\`: rolling, 5 %

      At 5 %, waiting for the bake.

      Next: 10 % when the bake is over

      | stage | name | state |
      |---|---|---|
      | 0 % | canaries | passed |
      | 5 % | early | current |
      | 100 % | all | ahead |

      | gate | answer | why |
      |---|---|---|
      | bake | wait | bakes until 2026-09-22 14:13 UTC |

      | canary | admission | comparison | what was seen |
      |---|---|---|---|
      | acme/app | required | same-pass | passes as with the baseline |

      [Rollout](https://slipway.test/rollouts/ro-abcdefghijklmnop)

      "
    `)
    expect(run.log).toContain('::add-mask::slw_secret')
  })

  it('sends the form that twine sends', async () => {
    const folder = await emptyFolder()
    const path = await wheel(folder, 'Demo_Lib', '1.0', 'ANSWER = 1\n', [
      'Summary: one',
      'Classifier: A :: B',
      'Classifier: C :: D',
      'Requires-Python: >=3.8',
      'Unheard-Of: x',
    ])
    const on = await index()
    await publish(on.url, folder, { token: 'slw_other' })
    const upload = writes(on)[0]
    const form = await new Response(new Uint8Array(upload?.body ?? []), {
      headers: { 'content-type': upload?.headers['content-type'] ?? '' },
    }).formData()
    const bytes = await readFile(path)
    const content = form.get('content')
    expect(content instanceof File && content.name).toBe(basename(path))
    expect(content instanceof File && Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true)
    expect(form.get('sha256_digest')).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(form.get('blake2_256_digest')).toMatch(/^[0-9a-f]{64}$/)
    const fields = [...form].filter(([name]) => !/digest|^content$/.test(name))
    expect(fields).toMatchInlineSnapshot(`
      [
        [
          ":action",
          "file_upload",
        ],
        [
          "protocol_version",
          "1",
        ],
        [
          "filetype",
          "bdist_wheel",
        ],
        [
          "pyversion",
          "py3",
        ],
        [
          "metadata_version",
          "2.1",
        ],
        [
          "name",
          "Demo_Lib",
        ],
        [
          "version",
          "1.0",
        ],
        [
          "summary",
          "one",
        ],
        [
          "classifiers",
          "A :: B",
        ],
        [
          "classifiers",
          "C :: D",
        ],
        [
          "requires_python",
          ">=3.8",
        ],
        [
          "description",
          "A description.
      ",
        ],
      ]
    `)
    expect(upload?.headers.authorization).toBe(
      `Basic ${Buffer.from('__token__:slw_other').toString('base64')}`,
    )
  })

  it.each<[string, (folder: string) => Promise<unknown>, Record<string, string>, string]>([
    [
      'a pattern without a match',
      async () => undefined,
      { files: 'dist/*.whl' },
      'files: got "dist/*.whl", expected a file or pattern that matches something',
    ],
    [
      'no files at all',
      async () => undefined,
      { files: '' },
      'files: got nothing, expected files or patterns',
    ],
    [
      'a file that is no package',
      (folder) => writeTree(folder, { 'notes.txt': 'x' }),
      {},
      'notes.txt: got "notes.txt", expected an npm tarball (.tgz), a wheel (.whl) or a source distribution (.tar.gz)',
    ],
    [
      'a damaged tarball',
      (folder) => writeTree(folder, { 'a-1.0.0.tgz': 'not gzip' }),
      {},
      'a-1.0.0.tgz: got something else, expected a gzipped tar',
    ],
    [
      'a damaged wheel',
      (folder) => writeTree(folder, { 'a-1.0-py3-none-any.whl': 'no zip' }),
      {},
      'a-1.0-py3-none-any.whl: got something else, expected a zip',
    ],
    [
      'a wheel whose name disagrees',
      async (folder) =>
        writeFile(
          join(folder, 'demo-2.0-py3-none-any.whl'),
          await readFile(await wheel(await emptyFolder(), 'demo', '1.0')),
        ),
      {},
      'expected a file name that agrees with its metadata (demo 1.0)',
    ],
    [
      'a version that is none',
      (folder) => npmTarball(folder, 'demo', 'one'),
      {},
      'package.json: version: got "one", expected',
    ],
    [
      'a name that is none',
      (folder) => npmTarball(folder, 'demo', '1.0.0', {}, { name: '../demo' }),
      {},
      'package.json: name: got "../demo", expected',
    ],
    [
      'two versions of one package',
      async (folder) => [
        await npmTarball(folder, 'demo', '1.0.0'),
        await npmTarball(folder, 'demo', '1.1.0'),
      ],
      {},
      'got 1.1.0, expected version 1.0.0 of npm:demo',
    ],
    [
      'a package that was not named',
      (folder) => npmTarball(folder, 'demo', '1.0.0'),
      { packages: 'npm:other' },
      'got npm:demo, expected one of the packages named: npm:other',
    ],
    [
      'neither a server nor the token of the job',
      (folder) => npmTarball(folder, 'demo', '1.0.0'),
      { server: '' },
      'github-token: got nothing, expected the token of the job',
    ],
    [
      'a server that is no URL',
      (folder) => npmTarball(folder, 'demo', '1.0.0'),
      { server: 'slipway' },
      'server: got "slipway", expected an http or https URL',
    ],
  ])('sends nothing for %s', async (_, prepare, inputs, message) => {
    const folder = await emptyFolder()
    await prepare(folder)
    const on = await index()
    const run = await publish(on.url, folder, inputs)
    expect(run.errors.join('\n')).toContain(message)
    expect(run.code).toBe(1)
    expect(on.asked).toEqual([])
  })

  it('says what went up when a later file is refused', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'aaa', '1.0')
    await wheel(folder, 'bbb', '1.0')
    const on = await index(({ path, body }) =>
      path === '/pypi/legacy/' && body.includes('bbb')
        ? { status: 403, body: { title: 'Forbidden', detail: 'token: may not publish pypi:bbb' } }
        : undefined,
    )
    const run = await publish(on.url, folder)
    expect(run.errors).toMatchInlineSnapshot(`
      [
        "token: may not publish pypi:bbb
      Uploaded: aaa-1.0-py3-none-any.whl; not uploaded: bbb-1.0-py3-none-any.whl. Repeating the command continues.",
      ]
    `)
    const paths = writes(on).map(({ path }) => path)
    expect(paths).toEqual(['/api/v1/rollouts', '/pypi/legacy/', '/pypi/legacy/'])
    expect(run.outputs).toEqual({})
  })

  it('names what npm says when the tarball is refused', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '1.0.0')
    const on = await index(({ method }) =>
      method === 'PUT' ? { status: 403, body: { error: 'token: may not publish npm:demo' } } : undefined,
    )
    const run = await publish(on.url, folder)
    expect(run.errors[0]).toContain('403 Forbidden')
    expect(run.errors[0]).toContain('token: may not publish npm:demo')
    expect(run.errors[0]).toContain('Nothing was uploaded.')
  })

  it('does not upload a tarball again that is already there', async () => {
    const folder = await emptyFolder()
    const bytes = await readFile(await npmTarball(folder, 'demo', '1.1.0'))
    const shasum = createHash('sha1').update(bytes).digest('hex')
    const on = await index(({ method, path }) =>
      method === 'GET' && path.startsWith('/npm/demo')
        ? { body: { name: 'demo', versions: { '1.1.0': { dist: { shasum } } } } }
        : undefined,
    )
    const run = await publish(on.url, folder)
    expect(run.code).toBe(0)
    expect(writes(on).map(({ path }) => path)).toEqual(['/api/v1/rollouts'])
  })

  it('has no rollout for a pre-release of no stream, which goes to its own tag', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '2.0.0-rc.1')
    const on = await index(({ path }) =>
      path === '/api/v1/rollouts'
        ? { status: 422, body: { detail: 'Pre-releases are not staged.' } }
        : undefined,
    )
    const run = await publish(on.url, folder)
    expect(run.code).toBe(0)
    const put = writes(on)
    expect(put.map(({ path }) => path)).toEqual(['/npm/demo', '/api/v1/rollouts'])
    expect(JSON.parse(String(put[0]?.body))['dist-tags']).toEqual({ next: '2.0.0-rc.1' })
    expect(run.outputs.rollout).toBe('')
  })

  it('starts the rollout of a pre-release that a stream has', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '2.0.0-rc.1')
    const on = await index()
    const run = await publish(on.url, folder)
    expect([run.code, run.outputs.rollout]).toEqual([0, expect.stringMatching(/^ro-/)])
    const refused = await index(({ path }) =>
      path === '/api/v1/rollouts' ? { status: 409, body: { detail: 'An rc is open.' } } : undefined,
    )
    const stopped = await publish(refused.url, folder)
    expect([stopped.code, stopped.errors.join()]).toEqual([1, expect.stringContaining('An rc is open.')])
  })

  it('sends the tarball to the server even when publishConfig names another registry', async () => {
    const folder = await emptyFolder()
    const elsewhere = {
      publishConfig: { registry: 'http://127.0.0.1:9/', '@acme:registry': 'http://127.0.0.1:9/' },
    }
    await npmTarball(folder, '@acme/demo', '1.0.0', {}, elsewhere)
    const on = await index()
    const run = await publish(on.url, folder)
    expect(run.errors).toEqual([])
    expect(writes(on).map(({ method }) => method)).toEqual(['PUT', 'POST'])
  })

  it('repeats the start while the server is down for a moment', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'demo', '1.0')
    let failures = 2
    const on = await index(({ path }) =>
      path === '/api/v1/rollouts' && failures-- > 0 ? { status: 503, body: 'down' } : undefined,
    )
    const run = await publish(on.url, folder)
    expect(run.code).toBe(0)
    expect(writes(on).filter(({ path }) => path === '/api/v1/rollouts')).toHaveLength(3)
  })
})

describe('the step', () => {
  it.each([
    ['promote', 'command: got "promote", expected one of publish, start, status, wait, '],
    ['', 'command: got nothing, expected one of publish, start, status, wait, '],
  ])('refuses the command %j by name', async (command, message) => {
    const run = await spawnAction({ command }, await emptyFolder())
    expect(run.errors).toHaveLength(1)
    expect(run.errors[0]).toContain(message)
    expect(run.code).toBe(1)
  })
})
