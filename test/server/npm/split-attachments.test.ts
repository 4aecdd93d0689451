import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAttachmentSplitter } from '../../../src/server/npm/split-attachments.ts'

async function split(text: string, cuts: readonly number[] = []) {
  const written: Uint8Array[] = []
  const splitter = createAttachmentSplitter({
    write: async (bytes) => void written.push(Uint8Array.from(bytes)),
  })
  const bytes = Buffer.from(text)
  let from = 0
  for (const cut of [...cuts.map((one) => one % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    await splitter.write(bytes.subarray(from, cut))
    from = Math.max(from, cut)
  }
  return {
    tarball: Buffer.concat(written),
    text: Buffer.from(splitter.text()).toString(),
    kept: splitter.textBytes(),
  }
}

const publish = (data: string, more = {}) => ({
  name: 'demo',
  readme: 'a "quoted" \\ { [ _attachments',
  versions: { '1.0.0': { _attachments: { 'x.tgz': { data: 'kept' } } } },
  _attachments: { 'demo-1.0.0.tgz': { content_type: 'x', data, length: 3 }, ...more },
})

describe('the tarball in a publish', () => {
  it('is what the document had in base64, however the bytes come; all else stays as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.string(),
        fc.array(fc.nat(2000), { maxLength: 12 }),
        async (tarball, readme, cuts) => {
          const document = {
            ...publish(Buffer.from(tarball).toString('base64')),
            readme,
            extra: [readme, { data: 'x' }],
          }
          const read = await split(JSON.stringify(document), cuts)
          expect(read.tarball.equals(tarball)).toBe(true)
          expect(JSON.parse(read.text)).toEqual({
            ...document,
            _attachments: { 'demo-1.0.0.tgz': { content_type: 'x', data: '', length: 3 } },
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('takes escaped slashes, as some writers send base64', async () => {
    const tarball = Buffer.from([255, 255, 255, 254])
    const text = JSON.stringify(publish(tarball.toString('base64'))).replaceAll('/', '\\/')
    expect((await split(text)).tarball).toEqual(tarball)
  })

  it('is not held: the text kept is as long as the document without it', async () => {
    const big = Buffer.alloc(3_000_000, 7).toString('base64')
    expect((await split(JSON.stringify(publish(big)), [10, 50_000, 1_000_000])).kept).toBeLessThan(400)
  })

  it('is only taken from its own place, and once', async () => {
    const text = JSON.stringify(
      publish('AAAA', { 'two.tgz': { data: 'BBBB' }, 'a.sigstore': { data: '{"x":1}' } }),
    )
    const read = await split(text)
    expect(read.tarball).toEqual(Buffer.from('AAAA', 'base64'))
    expect(read.text).toContain('"data":"BBBB"')
    expect(read.text).toContain('"data":"kept"')
    expect(read.text).toContain('"data":"{\\"x\\":1}"')
  })

  it.each(['{', '}}}}', '"', '{"_attachments":{"a.tgz":{"data":"AAAA', '[[[]', ''])(
    'survives %j',
    async (text) => {
      expect((await split(text)).text.length).toBeLessThanOrEqual(text.length)
    },
  )
})
