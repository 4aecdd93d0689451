import { z } from 'zod'
import { showValue } from '../../versions/problem.ts'
import type { HttpProblem } from '../http/problem.ts'

/** PEP 740: what a client sends for one file; what is inside the material is for whoever verifies it. */
const attestationsField = z
  .array(
    z.looseObject({
      version: z.literal(1),
      verification_material: z.looseObject({}),
      envelope: z.looseObject({ statement: z.string(), signature: z.string() }),
    }),
  )
  .min(1)
  .max(20)

/** The signed statement (in-toto): which file it is about. */
const statementShape = z.looseObject({
  subject: z.array(z.looseObject({ name: z.string(), digest: z.looseObject({ sha256: z.string() }) })).min(1),
})

export type CheckedAttestations =
  /** The provenance document to store, or null where no attestation came. */
  | { readonly ok: true; readonly provenance: Uint8Array | null }
  | { readonly ok: false; readonly problem: HttpProblem }

/**
 * Checks that attestations speak of this very file and makes the provenance document that is served for it.
 * Signatures are not verified here: that is for clients, who know whom they trust. `uploader` names the token
 * that brought them, because a stored secret proves no workflow.
 */
export function checkAttestations(
  field: string | null,
  file: { readonly name: string; readonly sha256: string },
  uploader: string,
): CheckedAttestations {
  if (field === null || field.trim() === '') return { ok: true, provenance: null }
  const attestations = attestationsField.safeParse(parseJson(field))
  if (!attestations.success) return bad('something else', 'a JSON list of attestations (PEP 740)')
  for (const { envelope } of attestations.data) {
    const text = Buffer.from(envelope.statement, 'base64').toString('utf8')
    const statement = statementShape.safeParse(parseJson(text))
    if (!statement.success) return bad('a statement without subject', 'an in-toto statement about the file')
    const subjects = statement.data.subject
    if (!subjects.some(({ name, digest }) => name === file.name && digest.sha256 === file.sha256)) {
      const named = subjects.map(({ name }) => name).join(', ')
      return bad(showValue(named), `attestations about ${file.name} with the sha256 ${file.sha256}`)
    }
  }
  const bundle = { publisher: { kind: 'Slipway', token: uploader }, attestations: attestations.data }
  const provenance = { version: 1, attestation_bundles: [bundle] }
  return { ok: true, provenance: Buffer.from(JSON.stringify(provenance)) }
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
