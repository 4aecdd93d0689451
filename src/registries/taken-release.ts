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
  | { readonly ok: true; readonly files: readonly ListedFile[] }
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
  const files = listOf(readJson(fetched.text)?.files).flatMap((file): ListedFile[] => {
    const { filename, url, 'requires-python': python } = file
    if (typeof filename !== 'string' || typeof url !== 'string') return []
    const isOf = parseDistributionName(filename).some(
      ({ name, version }) => normalized(name) === release.name && normalize(version) === release.version,
    )
    const requiresPython = typeof python === 'string' ? python : null
    return isOf ? [{ name: filename, url: new URL(url, fetched.url).href, requiresPython }] : []
  })
  return files.length === 0 ? missing(release, address) : { ok: true, files }
}

async function listNpm(address: string, release: Release): Promise<TakenRelease> {
  const url = `${address}/${release.name.replace('/', '%2f')}/${release.version}`
  const fetched = await fetchDocument({ url, accept: 'application/json', token: null })
  if (fetched.kind === 'missing') return missing(release, address)
  if (fetched.kind === 'failed') return { ok: false, unreachable: true, message: fetched.message }
  const dist = readJson(fetched.text)?.dist as { tarball?: unknown } | undefined
  if (typeof dist?.tarball !== 'string') return missing(release, address)
  const name = `${release.name.replace('@', '').replace('/', '-')}-${release.version}.tgz`
  return { ok: true, files: [{ name, url: dist.tarball, requiresPython: null }] }
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
