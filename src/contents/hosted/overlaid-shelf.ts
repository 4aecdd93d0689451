import { writeFile } from 'node:fs/promises'
import { isMapping } from '../../catalog/mapping.ts'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import {
  npmTrust,
  originOfProvenance,
  originOfRepository,
  pypiTrust,
  type ReleaseTrust,
  unknownTrust,
} from '../../catalog/trust/release-trust.ts'
import type { Overlay } from '../../ports/upstream.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { BundleVerifier, Shelf, ShelvedFile } from './shelf.ts'

type Upstream = Pick<Overlay, 'open' | 'file'>

/** Releases of other indexes: their files are fetched for the comparison, checked against their digests, and not kept. */
export function createOverlaidShelf(overlay: Upstream, verify: BundleVerifier): Shelf {
  return {
    find: async (release) => {
      const id = packageIdOf(release)
      const own = await packageOf(overlay, id)
      const version = release.slice(id.length + 1)
      const files = own === null ? [] : filesOf(own, version)
      if (own === null || files.length === 0) return null
      return {
        version,
        at: own.uploadedAt.get(version) ?? 0,
        files,
        copy: (file, path) => copy({ overlay, id, own }, file, path),
        // Nothing of it is kept here.
        lying: async () => null,
        trust: async () => {
          const said = trustOf(own, version)
          return said.proofUrl === null ? said : withProof({ overlay, id, verify }, said)
        },
      }
    },
    firstAt: async (id) => {
      const own = await packageOf(overlay, id)
      if (own === null) return null
      const made = own.kind === 'npm' ? Date.parse(String(own.time.created)) : Number.NaN
      const times = [...own.uploadedAt.values(), made].filter((at) => Number.isFinite(at) && at > 0)
      return times.length === 0 ? null : Math.min(...times)
    },
  }
}

/** An upstream that is down says nothing, as one that does not have the name. */
async function packageOf(overlay: Upstream, id: PackageId): Promise<OverlaidPackage | null> {
  const found = await overlay.open(id).catch(() => null)
  return found?.package ?? null
}

function filesOf(own: OverlaidPackage, version: string): readonly ShelvedFile[] {
  return [...own.files.values()].flatMap((file) => {
    if (file.version !== version) return []
    const { name, digest, url } = file
    return [{ name, requiresPython: requiresPythonOf(own, name), digest: digest ?? url, size: 0 }]
  })
}

function requiresPythonOf(own: OverlaidPackage, name: string): string | null {
  const file = own.kind === 'pypi' ? own.projectFiles.find((one) => one.name === name) : undefined
  const said = file === undefined ? null : membersOf(file.json)['requires-python']
  return typeof said === 'string' ? said : null
}

/** A text of members without its closing brace, as documents of other indexes are kept. */
function membersOf(text: string): Readonly<Record<string, unknown>> {
  const members: unknown = JSON.parse(`${text}}`)
  return isMapping(members) ? members : {}
}

interface Place {
  readonly overlay: Upstream
  readonly id: PackageId
  readonly own: OverlaidPackage
}

async function copy(
  { overlay, id, own }: Place,
  { name }: ShelvedFile,
  path: string,
): Promise<string | null> {
  const file = own.files.get(name)
  try {
    const found = file === undefined ? null : await overlay.file(id, file, 'inside')
    if (found?.kind !== 'bytes') return 'its index does not give its bytes'
    await writeFile(path, found.bytes)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function trustOf(own: OverlaidPackage, version: string): ReleaseTrust {
  if (own.kind === 'pypi')
    return pypiTrust(
      own.projectFiles.filter((file) => file.version === version).map(({ json }) => membersOf(json)),
    )
  const found = own.versions.find((one) => one.version === version)
  if (found === undefined) return unknownTrust
  return npmTrust({ ...membersOf(found.full), ...(found.dist !== null && { dist: membersOf(found.dist) }) })
}

/**
 * The proof itself, read: PyPI's own word on who published, or npm's bundles, verified. One that cannot be had says
 * nothing, one that does not hold proves nothing.
 */
async function withProof(
  { overlay, id, verify }: Pick<Place, 'overlay' | 'id'> & { readonly verify: BundleVerifier },
  said: ReleaseTrust,
): Promise<ReleaseTrust> {
  const document = await readJson(overlay, id, said.proofUrl ?? '')
  if (document === null) return said
  if (id.startsWith('pypi:')) return { ...said, origin: originOfProvenance(document) }
  const bundles = isMapping(document) && Array.isArray(document.attestations) ? document.attestations : []
  const built = bundles.find(
    (one) => isMapping(one) && String(one.predicateType).includes('slsa.dev/provenance'),
  )
  if (!isMapping(built)) return said
  const verified = await verify(built.bundle)
  if (!verified.ok) return { ...said, proves: false }
  const { repository } = verified.signer
  return repository === null ? said : { ...said, origin: originOfRepository(repository) }
}

async function readJson(overlay: Upstream, id: PackageId, url: string): Promise<unknown> {
  const file = { name: 'provenance', version: null, url, digest: null, metadataDigest: null }
  const found = await overlay.file(id, file, 'inside').catch(() => null)
  if (found?.kind !== 'bytes') return null
  try {
    return JSON.parse(Buffer.from(found.bytes).toString('utf8'))
  } catch {
    return null
  }
}
