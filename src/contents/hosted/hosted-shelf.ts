import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { isMapping } from '../../catalog/mapping.ts'
import type { VersionRecord } from '../../catalog/package-record.ts'
import {
  originOfProvenance,
  originOfRepository,
  type ReleaseTrust,
  unknownTrust,
} from '../../catalog/trust/release-trust.ts'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { PackageStore } from '../../ports/package-store.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { packageIdOf } from '../../versions/release.ts'
import type { BundleVerifier, Shelf } from './shelf.ts'

interface Parts {
  readonly packages: Pick<PackageStore, 'get'>
  readonly blobs: Pick<BlobStore, 'get' | 'open' | 'pathOf'>
  readonly verify: BundleVerifier
}

/** Releases that are hosted here. */
export function createHostedShelf(parts: Parts): Shelf {
  return {
    find: async (release) => {
      const id = packageIdOf(release)
      const record = await parts.packages.get(id)
      const version = record === null ? undefined : ownEntry(record.versions, release.slice(id.length + 1))
      if (version === undefined) return null
      const files = version.files.map(({ name, requiresPython, sha256, size }) => ({
        name,
        requiresPython,
        digest: sha256,
        size,
      }))
      return {
        version: version.version,
        at: version.createdAt,
        files,
        copy: async ({ digest }, path) => {
          const blob = await parts.blobs.open(digest)
          if (blob === null) return 'its bytes are not kept here'
          await pipeline(blob.stream(), createWriteStream(path))
          return null
        },
        lying: async ({ digest }) => {
          const path = await parts.blobs.pathOf(digest)
          return path === null ? null : { path, sha256: digest }
        },
        trust: () => trustOf(parts, version),
      }
    },
    // Who may publish here an operator said; that a name is young here means nothing.
    firstAt: async () => null,
  }
}

/** What came with the files and was verified when it came. */
async function trustOf({ blobs, verify }: Parts, { files }: VersionRecord): Promise<ReleaseTrust> {
  const proof = files.find((file) => file.provenanceSha256 !== undefined)?.provenanceSha256
  if (proof === undefined) return { ...unknownTrust, proves: false, origin: '' }
  const bytes = await blobs.get(proof)
  const document: unknown = bytes === null ? null : JSON.parse(Buffer.from(bytes).toString('utf8'))
  const said = originOfProvenance(document)
  if (said !== null || !isMapping(document)) return { ...unknownTrust, proves: true, origin: said }
  const verified = await verify(document)
  const repository = verified.ok ? verified.signer.repository : null
  return {
    ...unknownTrust,
    proves: true,
    origin: repository === null ? null : originOfRepository(repository),
  }
}
