import { z } from 'zod'
import { showValue } from '../../versions/problem.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { AttestationVerifier } from './attestation-verifier.ts'
import { foreignOrigin } from './signer-words.ts'

/** A sigstore bundle around an in-toto statement, as `npm publish --provenance` attaches it. */
const bundleShape = z.looseObject({
  mediaType: z.string(),
  dsseEnvelope: z.looseObject({ payload: z.string() }),
})
const statementShape = z.looseObject({
  predicateType: z.string(),
  subject: z.array(z.looseObject({ name: z.string(), digest: z.looseObject({ sha512: z.string() }) })).min(1),
})

export type CheckedBundle =
  /** The bundle to store, or null where none came. */
  | { readonly ok: true; readonly bundle: Uint8Array; readonly predicateType: string }
  | { readonly ok: true; readonly bundle: null }
  | { readonly ok: false; readonly problem: HttpProblem }

/** The tarball that a bundle is to be about, and what it is checked by. */
export interface AttestedTarball {
  readonly name: string
  readonly version: string
  readonly sha512: string
  readonly verifier: AttestationVerifier
  /** Ids of the repositories that the package may come from; empty: any. */
  readonly origins: ReadonlySet<string>
}

/**
 * The `.sigstore` attachment of a publish, verified to speak of this very tarball, to be signed by whom it says, and to
 * be made where the package comes from.
 */
export async function checkBundle(
  attachments: Readonly<Record<string, { readonly data: string }>>,
  tarball: AttestedTarball,
): Promise<CheckedBundle> {
  const found = Object.entries(attachments).filter(([name]) => name.endsWith('.sigstore'))
  const [first] = found
  if (first === undefined) return { ok: true, bundle: null }
  const [name, { data }] = first
  if (found.length > 1) return bad('_attachments', `${found.length} bundles`, 'at most one .sigstore bundle')
  const field = `_attachments["${name.slice(0, 200)}"]`
  const statement = statementOf(parseJson(data))
  if (statement === null) return bad(field, 'something else', 'a sigstore bundle with an in-toto statement')
  const purl = `pkg:npm/${tarball.name.replace('@', '%40')}@${tarball.version}`
  if (!statement.subject.some((one) => one.name === purl && one.digest.sha512 === tarball.sha512)) {
    const named = statement.subject.map((subject) => subject.name).join(', ')
    return bad(field, showValue(named), `a statement about ${purl} with the sha512 ${tarball.sha512}`)
  }
  const verified = await tarball.verifier.verify(parseJson(data))
  if (!verified.ok) return bad(field, `a bundle that does not verify (${verified.why})`, expectedSigned)
  const foreign = foreignOrigin(verified.signer, tarball.origins)
  if (foreign !== null) {
    return bad(field, foreign, `one signed in the package's own repository ${[...tarball.origins]}`)
  }
  return { ok: true, bundle: Buffer.from(data), predicateType: statement.predicateType }
}

const expectedSigned =
  'a bundle whose certificate, log entry and signature a trusted sigstore instance vouches for'

/** What kind of statement a stored bundle makes. */
export function predicateTypeOf(bundle: unknown): string | null {
  return statementOf(bundle)?.predicateType ?? null
}

function statementOf(bundle: unknown): z.output<typeof statementShape> | null {
  const parsed = bundleShape.safeParse(bundle)
  if (!parsed.success) return null
  const text = Buffer.from(parsed.data.dsseEnvelope.payload, 'base64').toString('utf8')
  const statement = statementShape.safeParse(parseJson(text))
  return statement.success ? statement.data : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function bad(field: string, value: string, expected: string): CheckedBundle {
  const detail = `${field}: got ${value}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field, value, expected } }
}
