import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { AwsClient } from 'aws4fetch'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { Damage } from '../../ports/damage.ts'
import { checkBlob, isSha256 } from '../disk/check-blob.ts'
import { createDiskDraft } from '../disk/disk-draft.ts'
import { checkedPieces } from './checked-pieces.ts'

export interface S3Settings {
  /** `https://s3.example.com`, without the bucket. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Before each name; may be empty. */
  readonly prefix: string
}

export interface S3Options {
  readonly settings: S3Settings
  /** On this machine: files on their way in. */
  readonly folder: string
  readonly damaged?: (damage: Damage) => void
  readonly mended?: (sha256: string) => void
}

/** One attempt each: the object store's own retries would hide that it is away. */
const timeoutMs = 60_000

/**
 * Blobs in an S3-compatible object store, named by their digest. A put is conditional (`If-None-Match: *`) and
 * carries the checksum, so that of two uploads of one name one wins and wrong bytes are refused by the store
 * itself. Files go through a draft on this machine: their name is known only when all of them is there.
 */
export async function createS3BlobStore(options: S3Options): Promise<BlobStore> {
  const drafts = join(options.folder, 'drafts')
  await mkdir(drafts, { recursive: true })
  const bucket = createBucket(options.settings)
  const broken = new Set<string>()
  /** What is there may be damaged; the right bytes replace it then. */
  async function place(path: string, sha256: string): Promise<void> {
    const { size } = await stat(path)
    await bucket.send(path, sha256, size, broken.has(sha256))
    await rm(path, { force: true })
    broken.delete(sha256)
    options.mended?.(sha256)
  }
  const setAside = async (sha256: string): Promise<void> => {
    broken.add(sha256)
    const what =
      'its bytes in the object store are not what was stored; uploading the same file again mends it'
    options.damaged?.({ kind: 'blob', stream: sha256, position: null, what })
  }
  const isAskable = (sha256: string) => isSha256(sha256) && !broken.has(sha256)
  return {
    draft: () => createDiskDraft(drafts, place),
    async put(sha256, bytes) {
      checkBlob(sha256, bytes)
      const draft = await createDiskDraft(drafts, place)
      await draft.write(bytes)
      await draft.keep(sha256)
    },
    async get(sha256) {
      const stream = isAskable(sha256) ? await bucket.read(sha256, null) : null
      if (stream === null) return null
      const pieces: Uint8Array[] = []
      for await (const piece of stream) pieces.push(piece)
      const bytes = Buffer.concat(pieces)
      try {
        checkBlob(sha256, bytes)
        return bytes
      } catch {
        await setAside(sha256)
        return null
      }
    },
    async open(sha256) {
      const size = isAskable(sha256) ? await bucket.sizeOf(sha256) : null
      if (size === null) return null
      return {
        size,
        async *stream(start = 0, end = size) {
          const whole = start === 0 && end === size
          const stream = await bucket.read(sha256, whole ? null : `bytes=${start}-${end - 1}`)
          if (stream === null) throw new Error(`blob ${sha256} is gone`)
          const expected = { sha256: whole ? sha256 : null, length: end - start }
          yield* checkedPieces(stream, expected, () => setAside(sha256))
        },
      }
    },
    has: async (sha256) => isSha256(sha256) && (await bucket.sizeOf(sha256)) !== null,
    pathOf: async () => null,
    names: bucket.names,
  }
}

/** The few requests that are needed of an S3-compatible bucket. */
function createBucket(settings: S3Settings) {
  const { accessKeyId, secretAccessKey, region } = settings
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  const base = `${settings.endpoint.replace(/\/+$/, '')}/${encodeURIComponent(settings.bucket)}`
  const urlOf = (sha256: string) => `${base}/${settings.prefix}${sha256}`

  const ask = (url: string, init: Parameters<AwsClient['fetch']>[1]) =>
    client.fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })

  async function send(path: string, sha256: string, size: number, overwrite: boolean): Promise<void> {
    const checksum = Buffer.from(sha256, 'hex').toString('base64')
    const headers = {
      'content-length': String(size),
      'x-amz-content-sha256': sha256,
      'x-amz-checksum-sha256': checksum,
      ...(overwrite ? {} : { 'if-none-match': '*' }),
    }
    const url = urlOf(sha256)
    const signed = await client.sign(url, { method: 'PUT', headers })
    const body = Readable.toWeb(createReadStream(path)) as ReadableStream
    const init = {
      method: 'PUT',
      headers: signed.headers,
      body,
      duplex: 'half',
      signal: AbortSignal.timeout(timeoutMs),
    }
    const answer = await fetch(url, init as RequestInit)
    const text = await answer.text()
    // 412: these very bytes are there already.
    if (answer.ok || (answer.status === 412 && !overwrite)) return
    throw new Error(`the object store answers ${answer.status} to a put of ${sha256}: ${text.slice(0, 300)}`)
  }

  async function sizeOf(sha256: string): Promise<number | null> {
    const answer = await ask(urlOf(sha256), { method: 'HEAD' })
    if (answer.status === 404) return null
    if (!answer.ok) throw new Error(`the object store answers ${answer.status} for ${sha256}`)
    return Number(answer.headers.get('content-length'))
  }

  async function read(sha256: string, range: string | null): Promise<AsyncIterable<Uint8Array> | null> {
    const answer = await ask(urlOf(sha256), { method: 'GET', headers: range === null ? {} : { range } })
    if (answer.status === 404 || answer.body === null) return null
    if (!answer.ok) throw new Error(`the object store answers ${answer.status} for ${sha256}`)
    return Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream)
  }

  async function* names(): AsyncGenerator<string> {
    let token = ''
    do {
      const query = `list-type=2&prefix=${encodeURIComponent(settings.prefix)}${token}`
      const answer = await ask(`${base}?${query}`, { method: 'GET' })
      const text = await answer.text()
      if (!answer.ok)
        throw new Error(`the object store answers ${answer.status} to a list: ${text.slice(0, 300)}`)
      for (const [, key = ''] of text.matchAll(/<Key>([^<]*)<\/Key>/g)) {
        const name = key.slice(settings.prefix.length)
        if (isSha256(name)) yield name
      }
      const next = /<NextContinuationToken>([^<]*)</.exec(text)?.[1]
      token = next === undefined ? '' : `&continuation-token=${encodeURIComponent(next)}`
    } while (token !== '')
  }

  return { send, sizeOf, read, names }
}
