/**
 * An overlay in front of recorded documents of packages that belong together (`scripts/record-families.ts`): names, numbers,
 * times and what they ask of each other are the registries' own; files are made here, tiny, of just that. The recording has
 * no maintainers, because the place it was made from gives none: nothing here is proven by them.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { seesCandidate } from '../../../src/rollout/history/phase.ts'
import { emptyFolder, wheel } from '../../action/package-files.ts'
import { sha256 } from '../../rollout/builders.ts'
import { packNpm } from '../../server/running-server.ts'
import { type OverlaidIndex, startOverlaid } from '../overlaid-index.ts'
import { startTinyUpstream, type TinyUpstream } from '../tiny-upstream.ts'

export type Ecosystem = 'npm' | 'pypi'

interface RecordedVersion {
  readonly at: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, object>>
  readonly requires_dist?: readonly string[]
}
type Recorded = Readonly<Record<string, Readonly<Record<string, RecordedVersion>>>>

const file = new URL('recorded-families.json', import.meta.url)
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
  Record<Ecosystem, Readonly<Record<string, Recorded>>>
>

export const familiesOf = (ecosystem: Ecosystem): readonly string[] => Object.keys(recorded[ecosystem])

export interface RecordedWorld {
  readonly index: OverlaidIndex
  readonly upstream: TinyUpstream
  readonly names: readonly string[]
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  /** The newer releases come to the other index, and are found here. */
  release(): Promise<void>
  /** One stage further: 5, 50, 100 %. */
  raise(): Promise<void>
  /** How many of the rollouts are where: percents, each once. */
  percents(): readonly number[]
  /** Keys by what they are shown: byte for byte the same documents of all packages. */
  groups(keys: readonly string[]): Promise<readonly Group[]>
  close(): Promise<void>
}

export interface Group {
  readonly keys: readonly string[]
  readonly digest: string
  /** Whether the cohort of these keys has the newer releases. */
  readonly isNew: boolean
}

const hourMs = 3_600_000

/** Everybody here has asked for all of the packages before the newer releases come. */
export async function openRecorded(ecosystem: Ecosystem, family: string): Promise<RecordedWorld> {
  const packages = recorded[ecosystem][family]
  if (packages === undefined) throw new Error(`nothing is recorded of ${family}`)
  const upstream = await startTinyUpstream()
  const names = Object.keys(packages)
  const versionsOf = (which: number) =>
    Object.fromEntries(names.map((name) => [name, Object.keys(packages[name] ?? {})[which] ?? '']))
  const [before, after] = [versionsOf(0), versionsOf(1)]
  const give = async (most: number) => {
    for (const name of names) {
      const versions = Object.entries(packages[name] ?? {}).slice(0, most)
      await (ecosystem === 'npm' ? giveNpm(upstream, name, versions) : givePypi(upstream, name, versions))
    }
  }
  await give(1)
  const stages = [0, 5, 50, 100].map((percent) => `{ percent: ${percent}, bake: 1h }`).join(', ')
  const index = await startOverlaid(`
files: proxy
upstreams: { ${ecosystem}: { url: "${upstream.url}${ecosystem === 'npm' ? '' : '/simple'}", fresh: 0s } }
adopt: [{ match: "*", newPackage: 0s, policy: { stages: [${stages}], gates: {} } }]
`)
  const document = (name: string, key: string) =>
    ecosystem === 'npm'
      ? index.get(`/as/${key}/npm/${name.replace('/', '%2f')}`, {
          accept: 'application/vnd.npm.install-v1+json',
        })
      : index.get(`/as/${key}/pypi/simple/${name}/`, { accept: 'application/vnd.pypi.simple.v1+json' })
  for (const name of names) await document(name, 'anybody-of-the-team')
  const live = () => index.engine.all().filter(({ end }) => end === null)
  return {
    ...{ index, upstream, names, before, after },
    release: async () => {
      await give(2)
      await index.adopt()
    },
    raise: () => index.wait(hourMs),
    percents: () => [...new Set(live().map((state) => index.engine.explain(state).percent))],
    groups: async (keys) => {
      const groups = new Map<string, Group>()
      for (const key of keys) {
        const hash = createHash('sha256')
        for (const name of names) hash.update((await document(name, key)).text)
        const digest = hash.digest('hex')
        const isNew = index.engine.all().some((state) => {
          const release = state.members[0]?.candidate ?? ''
          return seesCandidate(state, release, key, bucketOf(sha256, state.salt, key))
        })
        const known = groups.get(digest) ?? { keys: [], digest, isNew }
        groups.set(digest, { ...known, keys: [...known.keys, key] })
      }
      return [...groups.values()]
    },
    close: async () => {
      await index.close()
      await upstream.close()
    },
  }
}

/** Made once each: what is there already keeps its bytes, or it is another file. */
const made = new Map<string, Promise<Buffer>>()

function once(release: string, make: () => Promise<Buffer>): Promise<Buffer> {
  const bytes = made.get(release) ?? make()
  made.set(release, bytes)
  return bytes
}

type Versions = readonly (readonly [string, RecordedVersion])[]

async function giveNpm(upstream: TinyUpstream, name: string, versions: Versions): Promise<void> {
  const manifests: [string, unknown][] = []
  for (const [version, { at: _, ...asks }] of versions) {
    const bytes = await once(`npm:${name}@${version}`, () => packNpm(name, version, asks))
    const path = `/${name}/-/${name.split('/').at(-1)}-${version}.tgz`
    upstream.answers.set(path, { type: 'application/octet-stream', body: bytes })
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const dist = {
      integrity,
      shasum: createHash('sha1').update(bytes).digest('hex'),
      tarball: `${upstream.url}${path}`,
    }
    manifests.push([version, { name, version, ...asks, dist }])
  }
  const document = {
    name,
    'dist-tags': { latest: versions.at(-1)?.[0] },
    versions: Object.fromEntries(manifests),
    time: Object.fromEntries(versions.map(([version, { at }]) => [version, at])),
  }
  upstream.answers.set(`/${name.replace('/', '%2f')}`, {
    type: 'application/json',
    body: JSON.stringify(document),
  })
}

/** Nothing stands beside the files and there is no JSON API, as at many an index: what they ask for is in the wheels. */
async function givePypi(upstream: TinyUpstream, name: string, versions: Versions): Promise<void> {
  const files: unknown[] = []
  for (const [version, { at, requires_dist: lines = [] }] of versions) {
    const headers = lines.map((line) => `Requires-Dist: ${line}`)
    const bytes = await once(`pypi:${name}@${version}`, async () =>
      readFile(await wheel(await emptyFolder(), name, version, 'ANSWER = 1\n', headers)),
    )
    const filename = `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`
    upstream.answers.set(`/files/${filename}`, { type: 'application/octet-stream', body: bytes })
    const hashes = { sha256: createHash('sha256').update(bytes).digest('hex') }
    files.push({
      filename,
      url: `${upstream.url}/files/${filename}`,
      hashes,
      'upload-time': at,
      yanked: false,
    })
  }
  const document = {
    meta: { 'api-version': '1.1' },
    name,
    files,
    versions: versions.map(([version]) => version),
  }
  const type = 'application/vnd.pypi.simple.v1+json'
  upstream.answers.set(`/simple/${name}/`, { type, body: JSON.stringify(document) })
}
