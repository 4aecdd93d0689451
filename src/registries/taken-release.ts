import { isMapping } from '../catalog/mapping.ts'
import { npmTrust, originOfProvenance, pypiTrust, type ReleaseTrust } from '../catalog/trust/release-trust.ts'
import { parseDistributionName } from '../versions/distribution-name.ts'
import { normalizeName } from '../versions/normalize-name.ts'
import { formatReleaseId, type Release } from '../versions/release.ts'
import { schemeOf } from '../versions/scheme-of.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'
import { fetchDocument } from './fetch-document.ts'

/** One file that a registry lists for a release. */
export interface ListedFile {
  readonly name: string
  readonly url: string
  readonly requiresPython: string | null
}

export type TakenRelease =
  | {
      readonly ok: true
      readonly files: readonly ListedFile[]
      readonly trust: ReleaseTrust
      /** When it came, integer ms; null where the registry does not say it. */
      readonly at: number | null
    }
  | { readonly ok: false; readonly message: string; readonly unreachable: boolean }

/** Where releases are looked up: the address of a simple index or of an npm registry, without a slash at the end. */
export type RegistryAddresses = Readonly<Record<Ecosystem, string>>

/** The files of a release as its registry lists them. */
export async function listRelease(addresses: RegistryAddresses, release: Release): Promise<TakenRelease> {
  return release.ecosystem === 'npm' ? listNpm(addresses.npm, release) : listPypi(addresses.pypi, release)
}

async function listPypi(address: string, release: Release): Promise<TakenRelease> {
  const accept = 'application/vnd.pypi.simple.v1+json'
  const fetched = await fetchDocument({ url: `${address}/${release.name}/`, accept, token: null })
  if (fetched.kind === 'missing') return missing(release, address)
  if (fetched.kind === 'failed') return { ok: false, unreachable: true, message: fetched.message }
  const { normalize } = schemeOf('pypi')
  const own = listOf(readJson(fetched.text)?.files).filter(({ filename, url }) => {
    if (typeof filename !== 'string' || typeof url !== 'string') return false
    return parseDistributionName(filename).some(
      ({ name, version }) => normalized(name) === release.name && normalize(version) === release.version,
    )
  })
  if (own.length === 0) return missing(release, address)
  const files = own.map(({ filename, url, 'requires-python': python }) => ({
    name: String(filename),
    url: new URL(String(url), fetched.url).href,
    requiresPython: typeof python === 'string' ? python : null,
  }))
  return { ok: true, files, trust: await withOrigin(pypiTrust(own)), at: firstUpload(own) }
}

/** What the index itself says of who published, where it has a proof; nothing where that document cannot be had. */
async function withOrigin(trust: ReleaseTrust): Promise<ReleaseTrust> {
  if (trust.proofUrl === null) return trust
  const accept = 'application/vnd.pypi.integrity.v1+json'
  const fetched = await fetchDocument({ url: trust.proofUrl, accept, token: null })
  return fetched.kind === 'ok' ? { ...trust, origin: originOfProvenance(readJson(fetched.text)) } : trust
}

function firstUpload(files: readonly Record<string, unknown>[]): number | null {
  const times = files.map((file) => Date.parse(String(file['upload-time']))).filter(Number.isFinite)
  return times.length === 0 ? null : Math.min(...times)
}

/** When the first release of a package came, integer ms; null where that cannot be known. */
export async function firstReleaseAt(
  addresses: RegistryAddresses,
  ecosystem: Ecosystem,
  name: string,
): Promise<number | null> {
  const isNpm = ecosystem === 'npm'
  const url = isNpm ? `${addresses.npm}/${name.replace('/', '%2f')}` : `${addresses.pypi}/${name}/`
  const accept = isNpm ? 'application/json' : 'application/vnd.pypi.simple.v1+json'
  const fetched = await fetchDocument({ url, accept, token: null })
  if (fetched.kind !== 'ok') return null
  const document = readJson(fetched.text)
  if (!isNpm) return firstUpload(listOf(document?.files))
  const time = document?.time
  const created = Date.parse(String(isMapping(time) ? time.created : ''))
  return Number.isFinite(created) ? created : null
}

async function listNpm(address: string, release: Release): Promise<TakenRelease> {
  const url = `${address}/${release.name.replace('/', '%2f')}/${release.version}`
  const fetched = await fetchDocument({ url, accept: 'application/json', token: null })
  if (fetched.kind === 'missing') return missing(release, address)
  if (fetched.kind === 'failed') return { ok: false, unreachable: true, message: fetched.message }
  const manifest = readJson(fetched.text) ?? {}
  const { dist } = manifest
  if (!isMapping(dist) || typeof dist.tarball !== 'string') return missing(release, address)
  const name = `${release.name.replace('@', '').replace('/', '-')}-${release.version}.tgz`
  const files = [{ name, url: dist.tarball, requiresPython: null }]
  return { ok: true, files, trust: npmTrust(manifest), at: null }
}

const missing = (release: Release, address: string): TakenRelease => ({
  ok: false,
  unreachable: false,
  message: `${formatReleaseId(release)} is not at ${address}`,
})

const normalized = (name: string): string => {
  const found = normalizeName('pypi', name)
  return found.ok ? found.value : name
}

function readJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []

const longestMs = 300_000
const largestBytes = 1024 * 1024 * 1024

/** The bytes of a listed file. Rejects with a message for people when they cannot be had. */
export async function fetchFile({ name, url }: ListedFile): Promise<Uint8Array> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(longestMs) })
  if (!reply.ok) throw new Error(`${name}: ${url} answered ${reply.status}`)
  if (Number(reply.headers.get('content-length') ?? 0) > largestBytes)
    throw new Error(`${name}: more than ${largestBytes} bytes`)
  return new Uint8Array(await reply.arrayBuffer())
}
