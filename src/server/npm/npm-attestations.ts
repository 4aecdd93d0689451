import { z } from 'zod'
import { showValue } from '../../versions/problem.ts'
import type { HttpProblem } from '../http/problem.ts'

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

/**
 * The `.sigstore` attachment of a publish, checked to speak of this very tarball. Its signature is not verified
 * here: `npm audit signatures` does that, against keys that it trusts.
 */
export function checkBundle(
  attachments: Readonly<Record<string, { readonly data: string }>>,
  tarball: { readonly sha512: string },
): CheckedBundle {
  const found = Object.entries(attachments).filter(([name]) => name.endsWith('.sigstore'))
  const [first] = found
  if (first === undefined) return { ok: true, bundle: null }
  const [name, { data }] = first
  if (found.length > 1) return bad('_attachments', `${found.length} bundles`, 'at most one .sigstore bundle')
  const field = `_attachments["${name.slice(0, 200)}"]`
  const statement = statementOf(parseJson(data))
  if (statement === null) return bad(field, 'something else', 'a sigstore bundle with an in-toto statement')
  if (!statement.subject.some(({ digest }) => digest.sha512 === tarball.sha512)) {
    const named = statement.subject.map((subject) => subject.name).join(', ')
    return bad(field, named, `a statement about the tarball with the sha512 ${tarball.sha512}`)
  }
  return { ok: true, bundle: Buffer.from(data), predicateType: statement.predicateType }
}

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
  const shown = showValue(value)
  const detail = `${field}: got ${shown}, expected ${expected}`
  return { ok: false, problem: { status: 400, detail, field, value: shown, expected } }
}
