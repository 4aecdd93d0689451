import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { fixedLimits } from '../../config/server/limits.ts'
import type { BlobDraft, BlobStore } from '../../ports/blob-store.ts'
import { BodyTooLarge, limitedBody } from './limited-body.ts'
import type { HttpProblem } from './problem.ts'

/** A multipart form with at most one file. */
export interface Form {
  /** Every value of a field in order; fields that come several times are normal (classifiers). */
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** The part named `content`, as it was written while it came. Whoever reads the form keeps or discards it. */
  readonly file: { readonly name: string; readonly draft: BlobDraft } | null
}

export type ReadForm =
  | { readonly ok: true; readonly form: Form }
  | { readonly ok: false; readonly problem: HttpProblem }

const { formBytes: maxFieldBytes, formFields: maxFields } = fixedLimits

/**
 * Reads a `multipart/form-data` body as it streams in; the file goes to `blobs`, never whole into memory. A body
 * that stops early or is too large is refused and leaves nothing. `most` is in bytes: of the file, and of
 * everything that comes.
 */
export async function readMultipart(
  request: IncomingMessage,
  most: { readonly file: number; readonly body: number },
  blobs: Pick<BlobStore, 'draft'>,
): Promise<ReadForm> {
  const maxFileBytes = most.file
  const parser = openParser(request, maxFileBytes)
  if (parser === null) return refuse(400, 'The body is not multipart/form-data, as twine sends it.')
  const files: { name: string; draft: Promise<BlobDraft>; written: Promise<void> }[] = []
  let problem: HttpProblem | null = null
  const fields = gatherFields(parser, (found) => {
    problem ??= found
  })
  parser.on('file', (field, stream, info) => {
    // A form that ends early breaks the part as well; the pipeline below already tells.
    stream.on('error', () => {})
    if (field !== 'content' || files.length > 0) {
      stream.resume()
      return
    }
    const draft = blobs.draft()
    const written = writeInto(draft, stream)
    // Looked at below; a failure in between must not end the process.
    written.catch(() => {})
    files.push({ name: info.filename ?? '', draft, written })
    stream.on('limit', () => {
      problem ??= { status: 413, detail: `The file is larger than ${maxFileBytes} bytes.`, field: 'content' }
    })
  })
  parser.on('fieldsLimit', () => {
    problem ??= { status: 413, detail: `The form has more than ${maxFields} fields.` }
  })
  try {
    await pipeline(limitedBody(request, most.body), parser)
  } catch (error) {
    await (await files[0]?.draft.catch(() => null))?.discard()
    return error instanceof BodyTooLarge ? { ok: false, problem: error.problem } : endedEarly
  }
  const [file] = files
  const draft = (await file?.draft) ?? null
  try {
    await file?.written
  } catch (error) {
    await draft?.discard()
    throw error
  }
  if (problem !== null) {
    await draft?.discard()
    return { ok: false, problem }
  }
  return { ok: true, form: { fields, file: file && draft ? { name: file.name, draft } : null } }
}

/** When the disk refuses, what still comes is let go: the form has to end for anybody to be told. */
async function writeInto(draft: Promise<BlobDraft>, stream: Readable): Promise<void> {
  try {
    const target = await draft
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) await target.write(chunk)
  } catch (error) {
    stream.resume()
    throw error
  }
}

/** Every value of each field as they come in; what is wrong with one is told. */
function gatherFields(
  parser: busboy.Busboy,
  tell: (problem: HttpProblem) => void,
): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>()
  let fieldBytes = 0
  parser.on('field', (name, value, info) => {
    const shown = name.slice(0, 100)
    fieldBytes += name.length + value.length
    if (fieldBytes > maxFieldBytes) {
      tell({ status: 413, detail: `The fields are larger than ${maxFieldBytes} bytes together.` })
      fields.clear()
      return
    }
    if (info.valueTruncated || info.nameTruncated) {
      tell({ status: 413, detail: `The field ${shown} is too large.`, field: shown })
    }
    if (looksMangled(name) || (looksMangled(value) && name !== 'description')) {
      const wrong = { field: shown, value: 'bytes that are no UTF-8', expected: 'text in UTF-8' }
      tell({ status: 400, detail: `${shown}: got ${wrong.value}, expected ${wrong.expected}`, ...wrong })
    }
    fields.set(name, [...(fields.get(name) ?? []), value])
  })
  return fields
}

/**
 * What is no UTF-8 is read as replacement characters and would be stored changed. A README may hold such a
 * character by its own mistake; nothing is installed by it.
 */
function looksMangled(text: string): boolean {
  return text.includes('\ufffd')
}

const endedEarly: ReadForm = {
  ok: false,
  problem: {
    status: 400,
    detail:
      'The upload ended early; nothing was stored. content: got a body that ends early, expected a whole multipart form',
    field: 'content',
    value: 'a body that ends early',
    expected: 'a whole multipart form',
  },
}

function openParser(request: IncomingMessage, maxFileBytes: number): busboy.Busboy | null {
  try {
    return busboy({
      headers: request.headers,
      preservePath: true,
      defParamCharset: 'utf8',
      limits: { fileSize: maxFileBytes, fieldSize: maxFieldBytes, fields: maxFields, files: 4 },
    })
  } catch {
    return null
  }
}

function refuse(status: number, detail: string): ReadForm {
  return { ok: false, problem: { status, detail } }
}
