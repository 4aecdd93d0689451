import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { fixedLimits } from '../../config/server/limits.ts'
import { BodyTooLarge, limitedBody } from './limited-body.ts'
import type { HttpProblem } from './problem.ts'

/** A multipart form with at most one file, read whole. */
export interface Form {
  /** Every value of a field in order; fields that come several times are normal (classifiers). */
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** The part named `content`. */
  readonly file: { readonly name: string; readonly bytes: Uint8Array } | null
}

export type ReadForm =
  | { readonly ok: true; readonly form: Form }
  | { readonly ok: false; readonly problem: HttpProblem }

const { formBytes: maxFieldBytes, formFields: maxFields } = fixedLimits

/**
 * Reads a `multipart/form-data` body as it streams in. A body that stops early or is too large is refused.
 * `most` is in bytes: of the file, and of everything that comes.
 */
export async function readMultipart(
  request: IncomingMessage,
  most: { readonly file: number; readonly body: number },
): Promise<ReadForm> {
  const maxFileBytes = most.file
  const parser = openParser(request, maxFileBytes)
  if (parser === null) return refuse(400, 'The body is not multipart/form-data, as twine sends it.')
  const fields = new Map<string, string[]>()
  const files: { name: string; chunks: Buffer[] }[] = []
  let problem: HttpProblem | null = null
  let fieldBytes = 0
  parser.on('field', (name, value, info) => {
    fieldBytes += name.length + value.length
    if (fieldBytes > maxFieldBytes) {
      problem ??= { status: 413, detail: `The fields are larger than ${maxFieldBytes} bytes together.` }
      fields.clear()
      return
    }
    if (info.valueTruncated || info.nameTruncated) {
      problem ??= {
        status: 413,
        detail: `The field ${name.slice(0, 100)} is too large.`,
        field: name.slice(0, 100),
      }
    }
    if (looksMangled(name) || (looksMangled(value) && name !== 'description')) {
      const shown = name.slice(0, 100)
      const detail = `${shown}: got bytes that are no UTF-8, expected text in UTF-8`
      problem ??= {
        status: 400,
        detail,
        field: shown,
        value: 'bytes that are no UTF-8',
        expected: 'text in UTF-8',
      }
    }
    fields.set(name, [...(fields.get(name) ?? []), value])
  })
  parser.on('file', (field, stream, info) => {
    // A form that ends early breaks the part as well; the pipeline below already tells.
    stream.on('error', () => {})
    if (field !== 'content' || files.length > 0) {
      stream.resume()
      return
    }
    const chunks: Buffer[] = []
    files.push({ name: info.filename ?? '', chunks })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
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
    return error instanceof BodyTooLarge ? { ok: false, problem: error.problem } : endedEarly
  }
  if (problem !== null) return { ok: false, problem }
  const [file] = files
  const bytes = Buffer.concat(file?.chunks ?? [])
  return { ok: true, form: { fields, file: file ? { name: file.name, bytes } : null } }
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
