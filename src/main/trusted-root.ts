import { readFile } from 'node:fs/promises'
import {
  type AttestationVerifier,
  createAttestationVerifier,
  isTrustedRoot,
  publicGoodVerifier,
} from '../server/provenance/attestation-verifier.ts'

/** The verifier that the server file asks for. Rejects with a sentence when its root is none. */
export async function openVerifier(path: string | null): Promise<AttestationVerifier> {
  if (path === null) return publicGoodVerifier
  const document = await readFile(path, 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  if (await isTrustedRoot(document)) return createAttestationVerifier(document)
  throw new Error(
    `sigstoreRoot: got ${path}, expected a file with the trusted root of a sigstore instance (trusted_root.json), with its certificate authorities and logs`,
  )
}
