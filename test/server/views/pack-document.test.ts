import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyBytes } from '../../../src/server/http/body-bytes.ts'
import { createDocumentPacker } from '../../../src/server/views/pack-document.ts'

const of = (pieces: readonly string[]) =>
  bodyBytes({ contentType: 'application/json', body: pieces.join(''), pieces })

/** Pieces long enough for a document of several parts. */
const long = (count: number, change: Readonly<Record<number, string>> = {}) =>
  Array.from({ length: count }, (_, place) => change[place] ?? `"1.0.${place}":${'{"a":1},'.repeat(40)}`)

describe('a document as gzip', () => {
  it('unpacks to its bytes, whatever its parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 200 }),
        async (pieces) => {
          const document = of([...pieces, ...long(70)])
          const packed = await createDocumentPacker(1_000_000).pack(document)
          expect(gunzipSync(packed)).toEqual(document.body)
          const short = of(pieces.slice(0, 3))
          expect(gunzipSync(await createDocumentPacker(0).pack(short))).toEqual(short.body)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is much shorter than the document', async () => {
    const document = of(long(500))
    expect((await createDocumentPacker(1_000_000).pack(document)).length).toBeLessThan(
      document.body.length / 10,
    )
  })

  it('compresses a part once, in whichever document it stands', async () => {
    const compressed: Buffer[] = []
    const { deflateRawSync, constants } = await import('node:zlib')
    const packer = createDocumentPacker(1_000_000, async (part) => {
      compressed.push(part)
      return deflateRawSync(part, { finishFlush: constants.Z_FULL_FLUSH })
    })
    await packer.pack(of(long(640)))
    expect(compressed).toHaveLength(10)
    const changed = of(long(640, { 300: 'another' }))
    expect(gunzipSync(await packer.pack(changed))).toEqual(changed.body)
    await packer.pack(of(long(640)))
    expect(compressed).toHaveLength(11)
  })

  it('forgets what was not used for longest', async () => {
    let times = 0
    const packer = createDocumentPacker(100, async () => {
      times += 1
      return Buffer.alloc(60)
    })
    const [one, other] = [of(long(64)), of(long(64, { 0: 'other' }))]
    for (const document of [one, one, other, one]) await packer.pack(document)
    expect(times).toBe(3)
  })
})
