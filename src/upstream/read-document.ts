import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import { overlaidPackument } from '../catalog/overlaid/overlaid-packument.ts'
import { overlaidProject } from '../catalog/overlaid/overlaid-project.ts'
import type { CachedDocument } from '../ports/upstream.ts'
import { type Result, sayProblem, showValue } from '../versions/problem.ts'
import type { PackageId } from '../versions/release.ts'
import { schemeOf } from '../versions/scheme-of.ts'
import { messageOf } from './message-of.ts'
import { simpleHtmlDocument } from './simple-html.ts'

export type Reading =
  | { readonly ok: true; readonly value: OverlaidPackage }
  | { readonly ok: false; readonly why: string }

/** A document as it came from an upstream, read as the package it is about. Anything unsound is refused. */
export function readDocument(
  id: PackageId,
  { body, contentType, url }: Pick<CachedDocument, 'body' | 'contentType' | 'url'>,
): Reading {
  const parsed = parse(body, contentType, url, id)
  if (!parsed.ok) return parsed
  const read: Result<OverlaidPackage> = id.startsWith('npm:')
    ? overlaidPackument(id, parsed.document, url, timeOf)
    : overlaidProject(id, parsed.document, url, { timeOf, normalize: schemeOf('pypi').normalize })
  return read.ok ? read : { ok: false, why: sayProblem(read.problem) }
}

type Parsed = { readonly ok: true; readonly document: unknown } | { readonly ok: false; readonly why: string }

function parse(body: Uint8Array, contentType: string, url: string, id: PackageId): Parsed {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return { ok: false, why: 'the document is not valid UTF-8' }
  }
  if (/html/i.test(contentType)) {
    if (id.startsWith('npm:')) return { ok: false, why: `got ${showValue(contentType)}, expected JSON` }
    const document = simpleHtmlDocument(text, url)
    const files = Array.isArray(document.files) ? document.files : []
    const isQuarantined = JSON.stringify(document['project-status'] ?? null).includes('quarantined')
    // A page to sign in at, or one that was cut, looks like a project without files.
    if (files.length === 0 && !isQuarantined) return { ok: false, why: 'the page links to no file' }
    return { ok: true, document }
  }
  try {
    return { ok: true, document: JSON.parse(text) }
  } catch (error) {
    return { ok: false, why: `the document is not valid JSON (${messageOf(error).slice(0, 200)})` }
  }
}

function timeOf(text: string): number | null {
  const at = Date.parse(text)
  return Number.isFinite(at) ? at : null
}
