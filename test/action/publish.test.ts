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
      'a damaged archive',
    ],
    [
      'a damaged wheel',
      (folder) => writeTree(folder, { 'a-1.0-py3-none-any.whl': 'no zip' }),
      {},
      'a damaged archive',
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
      'no server',
      (folder) => npmTarball(folder, 'demo', '1.0.0'),
      { server: '' },
      'server: got nothing, expected the URL of the Slipway server',
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

  it('starts no rollout for a pre-release, which goes to its own tag', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '2.0.0-rc.1')
    const on = await index()
    const run = await publish(on.url, folder)
    expect(run.code).toBe(0)
    const put = writes(on)
    expect(put.map(({ path }) => path)).toEqual(['/npm/demo'])
    expect(JSON.parse(String(put[0]?.body))['dist-tags']).toEqual({ next: '2.0.0-rc.1' })
    expect(run.outputs.rollout).toBe('')
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

describe('publish checks before the first byte', () => {
  const tagged = (tag: string) => ({ GITHUB_REF: `refs/tags/${tag}` })

  it.each<[string, string, string | null]>([
    ['v1.1.0', 'demo', 'got 1.0.0, expected version 1.1.0, as the tag v1.1.0 says'],
    ['1.1.0', 'demo', 'expected version 1.1.0'],
    ['demo@1.1.0', '@acme/demo', 'expected version 1.1.0, as the tag demo@1.1.0 says'],
    ['@acme/demo@1.1.0', '@acme/demo', 'expected version 1.1.0'],
    ['demo/v1.1.0', 'demo', 'expected version 1.1.0'],
    ['other-v1.1.0', 'demo', null],
    ['release-2026-11-21', 'demo', null],
    ['v1.0.0', 'demo', null],
  ])('the tag %s of a file of %s at 1.0.0', async (tag, name, message) => {
    const folder = await emptyFolder()
    await npmTarball(folder, name, '1.0.0')
    const on = await index()
    const run = await publish(on.url, folder, { 'dry-run': 'true' }, tagged(tag))
    expect(run.code, run.log).toBe(message === null ? 0 : 1)
    if (message !== null) expect(run.errors[0]).toContain(message)
    if (message === null) return
    expect(on.asked).toEqual([])
    const unchecked = await publish(on.url, folder, { 'dry-run': 'true', 'check-tag': 'false' }, tagged(tag))
    expect(unchecked.code).toBe(0)
  })

  it('a package that the own file does not name', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'stray', '1.0.0')
    await writeTree(folder, { '.github/slipway.yml': 'releases:\n  - package: npm:demo\n' })
    const on = await index()
    const run = await publish(on.url, folder, { files: '*.tgz' })
    expect(run.errors[0]).toContain('a package that .github/slipway.yml names under releases: npm:demo')
    expect([run.code, on.asked.length]).toEqual([1, 0])
  })

  it('a dry run reads everything, says what it would send, and sends nothing', async () => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '1.1.0')
    await wheel(folder, 'demo-lib', '1.1.0')
    const on = await index()
    const run = await publish(on.url, folder, { 'dry-run': 'true' })
    expect([run.code, run.outputs.rollout]).toEqual([0, ''])
    expect(run.log).toContain('dry run: would be reserving npm:demo@1.1.0, pypi:demo-lib@1.1.0')
    expect(run.log).toMatch(/dry run: would upload \d\/2 demo-1\.1\.0\.tgz/)
    expect(run.log).toContain('dry run: would be starting')
    expect(writes(on)).toEqual([])
  })
})

describe('publish without a token', () => {
  const fork = {
    pull_request: { head: { repo: { full_name: 'someone/lib' } } },
    repository: { id: 7, full_name: 'acme/lib' },
  }
  it.each<[string, object | null, string]>([
    [
      'names the permission and the line to add',
      null,
      'The job may not ask for the identity of this run. Add to the job in .github/workflows/release.yml: permissions: { contents: read, id-token: write }',
    ],
    ['explains a pull request from a fork', fork, 'it runs for a pull request from a fork'],
  ])('%s', async (_, event, message) => {
    const folder = await emptyFolder()
    await npmTarball(folder, 'demo', '1.1.0')
    const on = await index()
    const env: Record<string, string> = {
      GITHUB_WORKFLOW_REF: 'acme/lib/.github/workflows/release.yml@refs/heads/main',
    }
    if (event !== null) {
      env.GITHUB_EVENT_PATH = join(await emptyFolder(), 'event.json')
      await writeFile(env.GITHUB_EVENT_PATH, JSON.stringify(event))
    }
    const run = await publish(on.url, folder, { token: '', files: '*.tgz' }, env)
    expect(run.errors[0]).toContain(message)
    expect([run.code, on.asked.length]).toEqual([1, 0])
  })
})

describe('publish half-way', () => {
  it('exits 3 when the index is gone, with what is up and what is not, and goes on later', async () => {
    const folder = await emptyFolder()
    const bytes = await readFile(await wheel(folder, 'aaa', '1.0'))
    await wheel(folder, 'bbb', '1.0')
    let isDown = true
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const on = await index(({ path, body }) => {
      if (path === '/pypi/legacy/' && body.includes('bbb') && isDown) return { status: 502, body: 'gone' }
      const there = [{ filename: 'aaa-1.0-py3-none-any.whl', hashes: { sha256 } }]
      return path === '/pypi/simple/aaa/' && !isDown ? { body: { files: there } } : undefined
    })
    const broken = await publish(on.url, folder)
    expect(broken.code).toBe(3)
    expect(broken.errors[0]).toContain(
      'Uploaded: aaa-1.0-py3-none-any.whl; not uploaded: bbb-1.0-py3-none-any.whl.',
    )
    isDown = false
    const before = writes(on).length
    const continued = await publish(on.url, folder)
    expect(continued.code).toBe(0)
    expect(continued.log).toContain('already there 1/2 aaa-1.0-py3-none-any.whl')
    expect(
      writes(on)
        .slice(before)
        .filter(({ path }) => path === '/pypi/legacy/'),
    ).toHaveLength(1)
  })

  it('makes a new token when the one in use ends in the middle', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'aaa', '1.0')
    await wheel(folder, 'bbb', '1.0')
    let minted = 0
    const on = await index(({ path, headers }) => {
      if (path === '/_/oidc/audience') return { body: { audience: 'slipway' } }
      if (path.startsWith('/identity?')) return { body: { value: `identity-${minted}` } }
      if (path === '/_/oidc/mint-token') return { body: { token: `slw_${++minted}` } }
      const old = `Basic ${Buffer.from('__token__:slw_1').toString('base64')}`
      const isOld = path === '/pypi/legacy/' && headers.authorization === old
      return isOld ? { status: 401, body: { detail: 'The token t has expired.' } } : undefined
    })
    const identity = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${on.url}/identity?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    }
    const run = await publish(on.url, folder, { token: '' }, identity)
    expect([run.code, minted]).toEqual([0, 2])
    expect(writes(on).at(-1)?.headers.authorization).toBe('Bearer slw_2')
    const given = await publish(on.url, folder, { token: 'slw_1' })
    expect([given.code, given.errors[0]]).toEqual([1, 'The token t has expired.\nNothing was uploaded.'])
  })

  it('says that the clock of the server is wrong when the identity is refused for its time', async () => {
    const folder = await emptyFolder()
    await wheel(folder, 'aaa', '1.0')
    const claims = { iat: 1_800_000_000, exp: 1_800_000_300 }
    const jwt = `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`
    const on = await index(({ path }) => {
      if (path === '/_/oidc/audience') return { body: { audience: 'slipway' } }
      if (path.startsWith('/identity?')) return { body: { value: jwt } }
      const headers = { date: 'Fri, 15 Jan 2027 07:00:00 GMT' }
      return path === '/_/oidc/mint-token'
        ? { status: 422, headers, body: { detail: 'The token is not valid yet.' } }
        : undefined
    })
    const identity = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${on.url}/identity?version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    }
    const run = await publish(on.url, folder, { token: '' }, identity)
    expect(run.errors[0]).toContain(
      "The token is not valid yet. By the server's clock (2027-01-15T07:00:00Z) that is 60 min before it begins",
    )
  })

  it('sends the attestation that lies beside a file with it', async () => {
    const folder = await emptyFolder()
    const path = await wheel(folder, 'aaa', '1.0')
    await writeFile(`${path}.publish.attestation`, JSON.stringify({ version: 1, envelope: {} }))
    const on = await index()
    expect((await publish(on.url, folder)).code).toBe(0)
    const upload = writes(on).find((one) => one.path === '/pypi/legacy/')
    expect(String(upload?.body)).toContain('[{"version":1,"envelope":{}}]')
  })
})
