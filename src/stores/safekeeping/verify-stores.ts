import type { Damage } from '../../ports/damage.ts'
import type { PackageRecord } from '../../ports/package-store.ts'
import { checkpointKey } from '../checkpoints/write-checkpoints.ts'
import type { Stores } from '../stores.ts'
import { verifyChains, verifyTree, type Witness } from './verify-log.ts'

export interface VerifyRequest {
  readonly witnesses: readonly Witness[]
  /** PEM of a key that lives outside; null: the storage's own. */
  readonly keyPem: string | null
  /** Whether every stored file is read; else only the log is looked at. */
  readonly files: boolean
}

/** Looks at everything that is stored, a little at a time; yields what is damaged or short. */
export async function* verifyStores(stores: Stores, request: VerifyRequest): AsyncGenerator<Damage> {
  yield* verifyChains(stores.events)
  if (stores.checkpoints !== null) {
    const key = await checkpointKey(stores.checkpoints, request.keyPem)
    yield* verifyTree(stores.checkpoints, key, request.witnesses)
  }
  if (request.files) yield* verifyPackages(stores)
}

async function* verifyPackages({ packages, blobs }: Stores): AsyncGenerator<Damage> {
  for (const ecosystem of ['npm', 'pypi']) {
    for (const id of await packages.list(ecosystem)) {
      const record = await packages.get(id).catch((error: unknown) => error)
      if (record === null) continue
      if (record instanceof Error) {
        yield {
          kind: 'package',
          stream: id,
          position: null,
          what: `its record cannot be read (${record.message})`,
        }
        continue
      }
      for (const [sha256, file] of blobsOf(record as PackageRecord)) {
        if ((await blobs.open(sha256)) !== null) continue
        const what = `the bytes of ${id} ${file} are damaged or gone; uploading the same file again mends it`
        yield { kind: 'blob', stream: sha256, position: null, what }
      }
    }
  }
}

/** Every blob that a record names, with the file it belongs to. */
export function blobsOf({ versions }: PackageRecord): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { files } of Object.values(versions)) {
    for (const { name, sha256, metadataSha256, provenanceSha256 } of files) {
      for (const blob of [sha256, metadataSha256, provenanceSha256]) if (blob) found.set(blob, name)
    }
  }
  return found
}
