import { z } from 'zod'
import { showValue } from '../../versions/problem.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { AttestationSigner, AttestationVerifier } from './attestation-verifier.ts'
import { foreignOrigin, publisherOf } from './signer-words.ts'

/** PEP 740: what a client sends for one file. */
const attestationsField = z
  .array(
    z.looseObject({
      version: z.literal(1),
      verification_material: z.looseObject({
        certificate: z.string(),
        transparency_entries: z.array(z.looseObject({})).min(1).max(5),
      }),
      envelope: z.looseObject({ statement: z.string(), signature: z.string() }),
    }),
  )
  .min(1)
  .max(20)
type Attestation = z.output<typeof attestationsField>[number]

/** The signed statement (in-toto): which file it is about. */
const statementShape = z.looseObject({
  subject: z.array(z.looseObject({ name: z.string(), digest: z.looseObject({ sha256: z.string() }) })).min(1),
})

export type CheckedAttestations =
  /** The provenance document to store, or null where no attestation came. */
  | { readonly ok: true; readonly provenance: Uint8Array | null }
  | { readonly ok: false; readonly problem: HttpProblem }

/** The file that attestations are to be about, and what they are checked by. */
export interface AttestedFile {
  readonly name: string
  readonly sha256: string
  readonly verifier: AttestationVerifier
  /** Ids of the repositories that the package may come from; empty: any. */
  readonly origins: ReadonlySet<string>
}

/**
 * Verifies that attestations speak of this very file, are signed by whom they say, and were made where the package comes
 * from; makes the provenance document that is served for it.
 */
export async function checkAttestations(
  field: string | null,
  file: AttestedFile,
): Promise<CheckedAttestations> {
  if (field === null || field.trim() === '') return { ok: true, provenance: null }
  const attestations = attestationsField.safeParse(parseJson(field))
  if (!attestations.success) return bad('something else', 'a JSON list of attestations (PEP 740)')
  const bundles = new Map<string, Attestation[]>()
  for (const attestation of attestations.data) {
    const other = otherSubject(attestation, file)
    if (other !== null) return bad(other, `attestations about ${file.name} with the sha256 ${file.sha256}`)
    const verified = await file.verifier.verify(bundleOf(attestation))
    if (!verified.ok) return bad(`one that does not verify (${verified.why})`, expectedSigned)
    const foreign = foreignOrigin(verified.signer, file.origins)
    if (foreign !== null)
      return bad(foreign, `one signed in the package's own repository ${[...file.origins]}`)
    const publisher = publisherText(verified.signer)
    bundles.set(publisher, [...(bundles.get(publisher) ?? []), attestation])
  }
  const document = {
    version: 1,
    attestation_bundles: [...bundles].map(([publisher, of]) => ({
      publisher: JSON.parse(publisher),
      attestations: of,
    })),
  }
  return { ok: true, provenance: Buffer.from(JSON.stringify(document)) }
}

const publisherText = (signer: AttestationSigner) => JSON.stringify(publisherOf(signer))

const expectedSigned =
  'attestations whose certificate, log entry and signature a trusted sigstore instance vouches for'

/** Whom a statement is about instead of this file, as a phrase; null where it is about it. */
function otherSubject({ envelope }: Attestation, { name, sha256 }: AttestedFile): string | null {
  const text = Buffer.from(envelope.statement, 'base64').toString('utf8')
  const statement = statementShape.safeParse(parseJson(text))
  if (!statement.success) return 'a statement without subject'
  const { subject } = statement.data
  if (subject.some((one) => one.name === name && one.digest.sha256 === sha256)) return null
  return showValue(subject.map((one) => one.name).join(', '))
}

/** The same in sigstore's own form. */
function bundleOf({ verification_material: material, envelope }: Attestation): unknown {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: material.certificate },
      tlogEntries: material.transparency_entries,
    },
    dsseEnvelope: {
      payload: envelope.statement,
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: envelope.signature }],
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function bad(value: string, expected: string): CheckedAttestations {
  const detail = `attestations: got ${value}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field: 'attestations', value, expected } }
}
