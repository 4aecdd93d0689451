/** Bad input, one test an item: what is said, and that nothing is lost or half-done. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeForge } from '../../engine/fake-forge.ts'
import { type OidcIssuer, startIssuer } from '../access/oidc-issuer.ts'
import { formData, postForm, publishPair, rebuilt, type UploadForm, uploadForm } from '../pypi-form.ts'
import {
  type Answer,
  adminToken,
  npmDocument,
  publishNpm,
  startIndex,
  type TestIndex,
  withCandidate,
} from '../running-server.ts'

let index: TestIndex
let issuer: OidcIssuer

/** A GitHub with one repository that offers to test what is reported on below. */
function forgeWithCanary() {
  const fake = createFakeForge()
  fake.add('501', 'acme/app', {
    '.github/slipway.yml': 'canaries: [{ for: npm:reported, workflow: ci.yml }]',
    '.github/workflows/ci.yml': 'jobs: {}',
  })
  return fake.forge
}

beforeAll(async () => {
  issuer = await startIssuer()
  index = await startIndex({ oidcIssuer: issuer.url }, { forge: forgeWithCanary() })
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await issuer.close()
})

/** Everything that is stored: events, packages, rollouts as they are shown. */
async function everything(): Promise<unknown> {
  const { events, packages } = index.stores
  const ids = [...(await packages.list('npm')), ...(await packages.list('pypi'))]
  return structuredClone({
    events: await events.readAll(0, 1_000_000),
    packages: await Promise.all(ids.map((id) => packages.get(id))),
    states: index.engine.all(),
  })
}

interface Said {
  readonly status: number
  readonly field: string
  /** A part of the value as it is shown. */
  readonly value: string
  /** A part of what is accepted. */
  readonly expected: string
}

/** Asks; the answer must name field, value and what is accepted, and nothing may have changed. */
async function refuses(ask: () => Promise<Answer>, said: Said): Promise<Answer> {
  const before = await everything()
  const answer = await ask()
  const { field, value, expected, detail } = answer.json
  expect({ status: answer.status, field, value, expected }).toEqual({
    status: said.status,
    field: said.field,
    value: expect.stringContaining(said.value),
    expected: expect.stringContaining(said.expected),
  })
  expect(detail).toContain(value)
  expect(detail).toContain(expected)
  expect(await everything()).toEqual(before)
  return answer
}

const start = (body: object, token?: string) => () => index.ask('POST', '/api/v1/rollouts', body, token)
const upload = (form: UploadForm, token?: string) => () => postForm(index, form, token)
const act = (release: string, action: string, body: object = { as: 'mona', reason: 'test' }) =>
  index.ask('POST', `/api/v1/rollouts/${release}/${action}`, body)

describe('a percent, a ladder, a bake in a policy that is posted', () => {
  const stages = (second: object) => ({
    stages: [{ percent: 0, bake: '1s' }, second, { percent: 100, bake: '1s' }],
  })
  it.each([
    ['0.001', stages({ percent: 0.001, bake: '1s' }), 'stages[1].percent', '0.001', 'a number from 0 to 100'],
    ['101', stages({ percent: 101, bake: '1s' }), 'stages[1].percent', '101', 'a number from 0 to 100'],
    ['"50%"', stages({ percent: '50%', bake: '1s' }), 'stages[1].percent', '"50%"', 'without the % sign'],
    ['NaN', stages({ percent: Number.NaN, bake: '1s' }), 'stages[1].percent', 'nothing', 'a number from 0'],
    [
      'falling',
      {
        stages: [
          { percent: 0, bake: '1s' },
          { percent: 50, bake: '1s' },
          { percent: 20, bake: '1s' },
          { percent: 100, bake: '1s' },
        ],
      },
      'stages[2].percent',
      '20',
      'more than 50',
    ],
    [
      '1 fortnight',
      stages({ percent: 50, bake: '1 fortnight' }),
      'stages[1].bake',
      '"1 fortnight"',
      'a duration',
    ],
    ['an unknown key', { profil: 'rapid' }, 'profil', '"profil"', 'did you mean profile'],
    ['a wrong type', { canaries: 7 }, 'canaries', '7', ''],
  ])('%s', async (_, policy, field, value, expected) => {
    const said = { status: 422, field: `policy.${field}`, value, expected }
    await refuses(start({ releases: ['npm:unstarted@1.0.0'], policy }), said)
  })
})

describe('a version that is none', () => {
  it('of npm', async () => {
    const document = await npmDocument('odd', '1.0.0')
    const versions = { '1.0': { ...document.versions['1.0.0'], version: '1.0' } }
    const put = () => index.ask('PUT', '/npm/odd', { ...document, versions })
    await refuses(put, { status: 400, field: 'versions', value: '"1.0"', expected: 'semver' })
  })

  it('of PyPI', async () => {
    const form = await uploadForm('odd', '1.0.0', { fields: { version: '1.0-final!' } })
    await refuses(upload(form), { status: 400, field: 'version', value: '"1.0-final!"', expected: 'PEP 440' })
  })

  it.each(['npm:odd@1.0', 'pypi:odd@one'])('%s in a start', async (release) => {
    const said = {
      status: 422,
      field: 'releases[0]',
      value: release.split('@')[1] ?? '',
      expected: 'version',
    }
    await refuses(start({ releases: [release] }), said)
  })
})

describe('an upload', () => {
  it('of an existing wheel with other bytes: the first bytes stay', async () => {
    const form = await uploadForm('kept', '1.0.0')
    expect((await postForm(index, form)).status).toBe(200)
    const other = await rebuilt(form)
    const said = { status: 400, field: 'content', value: 'the sha256 ', expected: 'or a new version' }
    const answer = await refuses(upload(other), said)
    expect(answer.statusText).toMatch(/^File already exists: kept-1\.0\.0-py3-none-any\.whl\. content: got/)
    const file = await fetch(`${index.url}/pypi/files/kept/${form.fileName}`)
    expect(Buffer.from(await file.arrayBuffer())).toEqual(form.bytes)
  })

  it('of an existing npm version with other bytes: the first bytes stay', async () => {
    await publishNpm(index, 'kept', '1.0.0')
    const tarball = async () =>
      Buffer.from(await (await fetch(`${index.url}/npm/kept/-/kept-1.0.0.tgz`)).arrayBuffer())
    const first = await tarball()
    const other = await npmDocument('kept', '1.0.0', 'latest', { description: 'other bytes' })
    const said = { status: 403, field: 'versions', value: '1.0.0', expected: 'a new version' }
    const answer = await refuses(() => index.ask('PUT', '/npm/kept', other), said)
    expect(answer.json.error).toContain('You cannot publish over the previously published version')
    expect(await tarball()).toEqual(first)
  })

  it('of a wheel that ends early', async () => {
    const whole = new Response(formData(await uploadForm('short', '1.0.0')))
    const bytes = Buffer.from(await whole.arrayBuffer())
    const half = bytes.subarray(0, bytes.length - 200)
    const headers = {
      'content-type': whole.headers.get('content-type') ?? '',
      authorization: `Basic ${Buffer.from(`__token__:${adminToken}`).toString('base64')}`,
    }
    const said = { status: 400, field: 'content', value: 'a body that ends early', expected: 'a whole' }
    await refuses(() => rawPost('/pypi/legacy/', headers, half), said)
  })

  it('of a tarball that ends early', async () => {
    const document = await npmDocument('short', '1.0.0')
    const attachment = document._attachments['short-1.0.0.tgz'] ?? {}
    const data = String(attachment.data)
    Object.assign(attachment, { data: data.slice(0, 40) })
    const field = '_attachments["short-1.0.0.tgz"].data'
    const said = { status: 400, field, value: '30 bytes', expected: `${attachment.length} bytes` }
    await refuses(() => index.ask('PUT', '/npm/short', document), said)
  })

  it('of a document that ends early', async () => {
    const text = JSON.stringify(await npmDocument('short', '1.0.0')).slice(0, -300)
    const said = { status: 400, field: 'body', value: '_id', expected: 'a JSON object' }
    await refuses(() => index.ask('PUT', '/npm/short', text), said)
  })

  it('with a wrong digest of npm', async () => {
    const document = await npmDocument('spoilt', '1.0.0')
    Object.assign(document.versions['1.0.0'] ?? {}, { dist: { integrity: 'sha512-AAAA' } })
    const said = { status: 400, field: 'dist.integrity', value: 'sha512-AAAA', expected: 'sha512-' }
    await refuses(() => index.ask('PUT', '/npm/spoilt', document), said)
  })

  it('with a wrong digest of PyPI', async () => {
    const form = await uploadForm('spoilt', '1.0.0', { fields: { sha256_digest: 'f'.repeat(64) } })
    const said = { status: 400, field: 'sha256_digest', value: 'ffff', expected: 'the digest of the bytes' }
    await refuses(upload(form), said)
  })

  it.each(['../climbs', '..%2fclimbs', 'a/../../climbs'])('under the npm name %s', async (name) => {
    const document = { ...(await npmDocument('climbs', '1.0.0')), name }
    const put = () => index.ask('PUT', `/npm/${name.replaceAll('/', '%2f')}`, document)
    await refuses(put, { status: 400, field: 'name', value: 'climbs"', expected: 'an npm package name' })
  })

  it('under a Python name with a way up', async () => {
    const form = await uploadForm('climbs', '1.0.0', { fields: { name: '../climbs' } })
    await refuses(upload(form), { status: 400, field: 'name', value: '"../climbs"', expected: 'letters' })
  })

  it('of a file name with a way up', async () => {
    const form = await uploadForm('climbs', '1.0.0', { fileName: '../climbs-1.0.0-py3-none-any.whl' })
    await refuses(upload(form), { status: 400, field: 'content', value: '"../climbs', expected: 'a' })
  })

  it('of a tarball name with a way up', async () => {
    const document = await npmDocument('climbs', '1.0.0')
    const [attachment] = Object.values(document._attachments)
    const put = () =>
      index.ask('PUT', '/npm/climbs', { ...document, _attachments: { '../c.tgz': attachment } })
    await refuses(put, { status: 400, field: '_attachments', value: '"../c.tgz"', expected: 'without any' })
  })

  it('of a wheel after stage 0', async () => {
    await publishPair(index, 'sealed')
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:sealed@1.1.0'] })
    expect((await act('pypi:sealed@1.1.0', 'advance')).json.percent).toBe(5)
    const fileName = 'sealed-1.1.0-py2-none-any.whl'
    const answer = await refuses(upload(await uploadForm('sealed', '1.1.0', { fileName })), {
      status: 410,
      field: 'file',
      value: `"${fileName}"`,
      expected: 'sealed-1.1.0-py3-none-any.whl',
    })
    // twine prints the status line.
    expect(answer.statusText).toContain('The file list is closed.')
  })

  it('with a token for another package', async () => {
    const token = await index.token(['publish'], ['npm:mine', 'pypi:mine'])
    const said = { status: 403, field: 'package', expected: 'npm:mine, pypi:mine' }
    const publish = () => publishNpm(index, 'theirs', '1.0.0', { token })
    await refuses(publish, { ...said, value: 'npm:theirs' })
    await refuses(upload(await uploadForm('theirs', '1.0.0'), token), { ...said, value: 'pypi:theirs' })
  })
})

it('a policy that is posted without operate', async () => {
  const token = await index.token(['publish'], ['npm:mine'])
  const body = { releases: ['npm:mine@1.0.0'], policy: { profile: 'rapid' } }
  await refuses(start(body, token), { status: 403, field: 'policy', value: 'publish', expected: 'operate' })
})

describe('a start', () => {
  it('of a release that was rolled back', async () => {
    await withCandidate(index, 'fallen')
    await act('npm:fallen@1.1.0', 'rollback')
    const answer = await refuses(start({ releases: ['npm:fallen@1.1.0'] }), {
      status: 403,
      field: 'restart',
      value: 'false',
      expected: 'a restart with maintain permission and a reason',
    })
    expect(answer.json.detail).toContain('It was rolled-back before.')
  })
})

it('a rollback of a rollout that has ended', async () => {
  await withCandidate(index, 'twice')
  await act('npm:twice@1.1.0', 'rollback')
  const { id = '' } = index.engine.find('npm:twice@1.1.0') ?? {}
  const said = { status: 410, field: 'rollout', value: id, expected: 'a rollout that has not ended' }
  const answer = await refuses(() => act('npm:twice@1.1.0', 'rollback'), said)
  expect(answer.json.detail).toContain('The rollout is over (rolled-back).')
})

describe('a result', () => {
  const release = 'npm:reported@1.1.0'
  beforeAll(async () => {
    await publishNpm(index, 'reported', '1.0.0')
    const policy = { profile: 'standard', canaries: [{ repo: 'acme/app', required: true }] }
    await index.ask('POST', '/api/v1/rollouts', { releases: [release], policy })
    await publishNpm(index, 'reported', '1.1.0')
  })
  const idOf = () => index.engine.find(release)?.id ?? ''
  const report = async (outcome: string, claims: Record<string, string> = {}) => {
    const arm = (result: string) => ({ outcome: result, installed: [], commit: 'c'.repeat(40), detail: '' })
    const arms = { candidate: arm(outcome), baseline: arm('pass') }
    const nonce = index.engine.nonceOf(idOf(), '501', 1)
    const body = { try: 1, nonce, legs: [{ leg: 'default', arms }] }
    return index.ask('POST', `/api/v1/rollouts/${idOf()}/results`, body, await issuer.token({ claims }))
  }

  it('of an unknown canary', async () => {
    await refuses(() => report('fail', { repository_id: '999' }), {
      status: 404,
      field: 'canary',
      value: '999',
      expected: 'a repository on the roster of the rollout',
    })
  })

  it('with a nonce that was used', async () => {
    expect((await report('fail')).status).toBe(201)
    await refuses(() => report('pass'), {
      status: 409,
      field: 'nonce',
      value: index.engine.nonceOf(idOf(), '501', 1),
      expected: 'one report for each leg and attempt',
    })
    const legs = index.engine.find(release)?.canaries['501']?.tries[1]?.legs
    expect(legs?.default?.candidate?.outcome).toBe('fail')
  })

  it('after the end', async () => {
    await act(release, 'rollback')
    await refuses(() => report('pass', { run_attempt: '2' }), {
      status: 410,
      field: 'rollout',
      value: idOf(),
      expected: 'a report while the rollout is live',
    })
  })
})

/** A request whose body is cut off, which fetch would not send. */
function rawPost(path: string, headers: Record<string, string>, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${index.url}${path}`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { statusCode: status = 0, statusMessage: statusText = '' } = response
        resolve({ status, statusText, headers: new Headers(), text, json: JSON.parse(text) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
