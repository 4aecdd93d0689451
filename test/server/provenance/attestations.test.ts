/** What real packages bring as proof of where they were made, on its way in: real ones are taken, changed ones refused. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' }
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTarballManifest } from '../../../src/archives/npm-manifest.ts'
import { openVerifier } from '../../../src/main/trusted-root.ts'
import {
  type AttestationSigner,
  createAttestationVerifier,
  publicGoodVerifier,
} from '../../../src/server/provenance/attestation-verifier.ts'
import publicGoodRoot from '../../../src/server/provenance/public-good-root.json' with { type: 'json' }
import { publisherOf } from '../../../src/server/provenance/signer-words.ts'
import { postForm, type UploadForm } from '../pypi-form.ts'
import { startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

const fixture = (name: string) => readFile(new URL(`../../fixtures/attestations/${name}`, import.meta.url))
const json = async (name: string) => JSON.parse((await fixture(name)).toString('utf8'))
const sha = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest('hex')

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const sdists = {
  github: { name: 'pypi-attestations', version: '0.0.19', fileName: 'pypi_attestations-0.0.19.tar.gz' },
  gitlab: { name: 'gitlab-oidc-project', version: '0.0.3', fileName: 'gitlab_oidc_project-0.0.3.tar.gz' },
}
const uploadOf = async (
  { name, version, fileName }: (typeof sdists)['github'],
  attestations: unknown,
): Promise<UploadForm> => ({
  name,
  version,
  fileName,
  bytes: await fixture(fileName),
  fields: {
    filetype: fileName.endsWith('.whl') ? 'bdist_wheel' : 'sdist',
    requires_python: null,
    attestations: JSON.stringify(attestations),
  },
})
const publishOf = (name: string) => json(`${name}.publish.attestation`)

/** An attestation with something changed in it. */
type Tamper = (attestation: ReturnType<typeof JSON.parse>, other: ReturnType<typeof JSON.parse>) => void
const decoded = (text: string) => JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64')
const flipped = (text: string) => {
  const bytes = Buffer.from(text, 'base64')
  bytes[20] = (bytes[20] ?? 0) ^ 1
  return bytes.toString('base64')
}

describe('attestations of a Python file', () => {
  it.each<[string, Tamper, RegExp]>([
    [
      'without its entry in the log',
      (one) => (one.verification_material.transparency_entries = []),
      /got something else/,
    ],
    [
      'with another signature',
      (one) => (one.envelope.signature = flipped(one.envelope.signature)),
      /does not verify/,
    ],
    [
      'with another statement about the same file',
      ({ envelope }) =>
        (envelope.statement = encoded({
          ...decoded(envelope.statement),
          predicateType: 'https://example.org/mine',
        })),
      /does not verify/,
    ],
    [
      'with the certificate of somebody else',
      ({ verification_material: material }, other) =>
        (material.certificate = other.verification_material.certificate),
      /does not verify/,
    ],
    [
      'with a certificate that is none',
      ({ verification_material: material }) => (material.certificate = 'MII'),
      /does not verify/,
    ],
    [
      'with the log entry of something else',
      ({ verification_material: material }, other) =>
        (material.transparency_entries = other.verification_material.transparency_entries),
      /does not verify/,
    ],
    [
      'logged at another time',
      ({
        verification_material: {
          transparency_entries: [entry],
        },
      }) => (entry.integratedTime = String(Number(entry.integratedTime) + 3600)),
      /does not verify/,
    ],
    [
      'about another file',
      (one, other) => (one.envelope.statement = other.envelope.statement),
      /attestations about/,
    ],
    ['of no form that is known', (one) => (one.version = 2), /a JSON list of attestations/],
    ['without anything to verify', (one) => (one.verification_material = {}), /a JSON list of attestations/],
  ])('%s are refused, and nothing of the file stays', async (_, tamper, said) => {
    const attestation = await publishOf(sdists.github.fileName)
    tamper(attestation, await publishOf(sdists.gitlab.fileName))
    const refused = await postForm(index, await uploadOf(sdists.github, [attestation]))
    expect(refused).toMatchObject({
      status: 400,
      json: { field: 'attestations', detail: expect.stringMatching(said) },
    })
    expect(await index.stores.packages.get('pypi:pypi-attestations')).toBeNull()
    expect(index.engine.rolloutsOf('pypi:pypi-attestations')).toEqual([])
    expect(await index.stores.blobs.open(sha('sha256', await fixture(sdists.github.fileName)))).toBeNull()
  })

  it('one bad one among good ones spoils them all', async () => {
    const good = await publishOf(sdists.github.fileName)
    const bad = await json(`${sdists.github.fileName}.slsa.attestation`)
    bad.envelope.signature = flipped(bad.envelope.signature)
    expect((await postForm(index, await uploadOf(sdists.github, [good, bad]))).status).toBe(400)
    expect(await index.stores.packages.get('pypi:pypi-attestations')).toBeNull()
  })

  it('by an instance of sigstore that nobody trusts are refused', async () => {
    const wheel = { name: 'rfc8785', version: '0.1.2', fileName: 'rfc8785-0.1.2-py3-none-any.whl' }
    const refused = await postForm(index, await uploadOf(wheel, [await publishOf(wheel.fileName)]))
    expect(refused.json.detail).toMatch(
      /^attestations: got one that does not verify \(Failed to verify certificate/,
    )
  })

  it.each(['x', '[]', '[{}]', '{"version":1}', 'null'])('that are %s are refused', async (text) => {
    const form = await uploadOf(sdists.github, [])
    const refused = await postForm(index, { ...form, fields: { ...form.fields, attestations: text } })
    expect(refused).toMatchObject({ status: 400, json: { field: 'attestations' } })
  })

  it('from another repository than the package’s own are refused', async () => {
    const owner = { repositoryId: '4711', repository: 'acme/tools' }
    await index.ask('PUT', '/api/v1/packages/pypi/gitlab-oidc-project/owner', owner)
    const attestation = await publishOf(sdists.gitlab.fileName)
    const refused = await postForm(index, await uploadOf(sdists.gitlab, [attestation]))
    expect(refused.json.detail).toMatch(/got one signed by https:\/\/gitlab.com.*own repository 4711/)
    await index.ask('PUT', '/api/v1/packages/pypi/pypi-attestations/owner', {
      ...owner,
      repositoryId: '772247423',
    })
  })

  it('that are sound are stored and served where the page says, with who signed them', async () => {
    const all = [
      await publishOf(sdists.github.fileName),
      await json(`${sdists.github.fileName}.slsa.attestation`),
    ]
    expect((await postForm(index, await uploadOf(sdists.github, all))).status).toBe(200)
    const accept = 'application/vnd.pypi.simple.v1+json'
    const page = await (
      await fetch(`${index.url}/pypi/simple/pypi-attestations/`, { headers: { accept } })
    ).json()
    const { meta, files } = page as { meta: object; files: { provenance: string }[] }
    expect(meta).toEqual({ 'api-version': '1.3' })
    const address = files[0]?.provenance ?? ''
    expect(address).toBe(
      `${index.url}/integrity/pypi-attestations/0.0.19/pypi_attestations-0.0.19.tar.gz/provenance`,
    )
    const response = await fetch(address)
    expect(response.headers.get('content-type')).toBe('application/vnd.pypi.integrity.v1+json')
    const publisher = {
      kind: 'GitHub',
      repository: 'trailofbits/pypi-attestations',
      workflow: 'release.yml',
      environment: null,
    }
    expect(await response.json()).toEqual({
      version: 1,
      attestation_bundles: [{ publisher, attestations: all }],
    })
    const html = await fetch(`${index.url}/pypi/simple/pypi-attestations/`, {
      headers: { accept: 'text/html' },
    })
    expect(await html.text()).toContain(`data-provenance="${address}"`)
  })
})

describe('provenance of an npm package', () => {
  const attached = '_attachments["sigstore-2.0.0.sigstore"]'

  /** The publish of the real tarball with a bundle. */
  async function publish(bundle: object) {
    const as = { name: 'sigstore', version: '2.0.0' }
    const bytes = await fixture('sigstore-2.0.0.tgz')
    const inside = await readTarballManifest(bytes)
    if (!inside.ok) throw new Error(JSON.stringify(inside.problem))
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const data = JSON.stringify(bundle)
    return index.ask('PUT', `/npm/${as.name}`, {
      _id: as.name,
      name: as.name,
      'dist-tags': { latest: as.version },
      versions: { [as.version]: { ...inside.value.manifest, ...as, dist: { integrity } } },
      _attachments: {
        [`${as.name}-${as.version}.tgz`]: { data: bytes.toString('base64'), length: bytes.length },
        [`${as.name}-${as.version}.sigstore`]: {
          content_type: 'application/json',
          data,
          length: data.length,
        },
      },
    })
  }

  it.each<[string, Tamper, RegExp]>([
    [
      'another signature',
      ({ dsseEnvelope: { signatures } }) => (signatures[0].sig = flipped(signatures[0].sig)),
      /does not verify/,
    ],
    [
      'a statement that says another builder',
      ({ dsseEnvelope: envelope }) =>
        (envelope.payload = encoded({ ...decoded(envelope.payload), predicate: {} })),
      /does not verify/,
    ],
    ['no log', ({ verificationMaterial: material }) => (material.tlogEntries = []), /does not verify/],
    [
      'no promise of the log',
      ({ verificationMaterial: { tlogEntries } }) => {
        delete tlogEntries[0].inclusionPromise
        delete tlogEntries[0].inclusionProof
      },
      /does not verify/,
    ],
    [
      'a key instead of a certificate',
      ({ verificationMaterial: material }) => {
        delete material.x509CertificateChain
        delete material.certificate
        material.publicKey = { hint: 'SHA256:mine' }
      },
      /does not verify/,
    ],
    ['no material', (one) => (one.verificationMaterial = {}), /does not verify/],
    ['a kind that is unknown', (one) => (one.mediaType = 'application/x-mine'), /does not verify/],
    [
      'a statement about other bytes',
      ({ dsseEnvelope: envelope }) => {
        const statement = decoded(envelope.payload)
        statement.subject[0].digest.sha512 = 'f'.repeat(128)
        envelope.payload = encoded(statement)
      },
      /expected a statement about pkg:npm\/sigstore@2.0.0 with the sha512/,
    ],
  ])('with %s is refused, and nothing of the package stays', async (_, tamper, said) => {
    const bundle = await json('sigstore-2.0.0.tgz.sigstore')
    tamper(bundle, null)
    const refused = await publish(bundle)
    expect(refused).toMatchObject({
      status: 400,
      json: { field: attached, detail: expect.stringMatching(said) },
    })
    expect(await index.stores.packages.get('npm:sigstore')).toBeNull()
    expect(index.engine.rolloutsOf('npm:sigstore')).toEqual([])
  })

  it('that is sound is stored, announced and served', async () => {
    const bundle = await json('sigstore-2.0.0.tgz.sigstore')
    expect((await publish(bundle)).status).toBe(201)
    const { versions } = (await index.ask('GET', '/npm/sigstore', undefined, null)).json as {
      versions: Record<string, { dist: { attestations: { url: string } } }>
    }
    const announced = versions['2.0.0']?.dist.attestations
    const predicateType = 'https://slsa.dev/provenance/v1'
    expect(announced).toEqual({
      url: `${index.url}/-/npm/v1/attestations/sigstore@2.0.0`,
      provenance: { predicateType },
    })
    for (const path of ['/-/npm/v1/attestations/sigstore@2.0.0', '/npm/-/npm/v1/attestations/sigstore@2.0.0'])
      expect((await index.ask('GET', path, undefined, null)).json).toEqual({
        attestations: [{ predicateType, bundle }],
      })
  })

  it('that is not there is 404, and the keys are our own', async () => {
    const ask = (path: string) => index.ask('GET', path, undefined, null)
    expect((await ask('/npm/-/npm/v1/attestations/nobody@1.0.0')).status).toBe(404)
    expect((await ask('/integrity/nobody/1.0.0/x.whl/provenance')).status).toBe(404)
    expect((await ask('/npm/-/npm/v1/keys')).json.keys).toHaveLength(1)
  })
})

describe('whom an operator trusts', () => {
  it('is sigstore’s public instance, by the root that its own client comes with', async () => {
    const { targets } = seeds['https://tuf-repo-cdn.sigstore.dev']
    expect(publicGoodRoot).toEqual(decoded(targets['trusted_root.json']))
  })

  it('is nobody else, and nothing is trusted by a root without authorities or logs', async () => {
    const bundle = await json('sigstore-2.0.0.tgz.sigstore')
    const [authority] = publicGoodRoot.certificateAuthorities
    const other = createAttestationVerifier({
      ...publicGoodRoot,
      certificateAuthorities: [authority],
      ctlogs: [],
    })
    expect(await publicGoodVerifier.verify(bundle)).toMatchObject({ ok: true })
    expect(await other.verify(bundle)).toMatchObject({ ok: false, why: expect.any(String) })
  })

  it('is the root of a file, and a file that holds none is refused at the start', async () => {
    const path = join(await scratchFolder(), 'trusted_root.json')
    await writeFile(path, JSON.stringify(publicGoodRoot))
    const verifier = await openVerifier(path)
    expect(await verifier.verify(await json('sigstore-2.0.0.tgz.sigstore'))).toMatchObject({ ok: true })
    expect(await openVerifier(null)).toBe(publicGoodVerifier)
    for (const text of ['{}', 'no JSON', '[]', '{"tlogs":[],"certificateAuthorities":[]}', 'null']) {
      await writeFile(path, text)
      await expect(openVerifier(path)).rejects.toThrow(
        /^sigstoreRoot: got .*trusted_root.json, expected a file with/,
      )
    }
    await expect(openVerifier('/nowhere/root.json')).rejects.toThrow(/^sigstoreRoot: got \/nowhere/)
  })
})

it.each<[string, Partial<AttestationSigner>, object]>([
  [
    'a workflow that calls another one',
    {
      issuer: 'https://token.actions.githubusercontent.com',
      repository: 'https://github.com/acme/tools',
      workflow: 'https://github.com/acme/tools/.github/workflows/ship.yml@refs/tags/v1@2',
      subject: 'https://github.com/shared/flows/.github/workflows/build.yml@refs/heads/main',
    },
    { kind: 'GitHub', repository: 'acme/tools', workflow: 'ship.yml', environment: null },
  ],
  [
    'GitLab',
    {
      issuer: 'https://gitlab.com',
      repository: 'https://gitlab.com/group/sub/tools',
      subject: 'https://gitlab.com/group/sub/tools//.gitlab-ci.yml@refs/heads/main',
    },
    { kind: 'GitLab', repository: 'group/sub/tools', workflow_filepath: '.gitlab-ci.yml', environment: null },
  ],
  [
    'a person',
    { issuer: 'https://accounts.google.com', subject: 'mona@example.org' },
    { kind: 'Google', email: 'mona@example.org' },
  ],
  [
    'another issuer',
    { issuer: 'https://ci.example.org', subject: 'pipeline 5' },
    { kind: 'Other', issuer: 'https://ci.example.org', subject: 'pipeline 5' },
  ],
])('a publisher is named as PyPI names it: %s', (_, signer, expected) => {
  const nobody = { issuer: '', subject: '', repository: null, repositoryId: null, workflow: null }
  expect(publisherOf({ ...nobody, ...signer })).toEqual(expected)
})
