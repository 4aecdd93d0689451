import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { wheelMetadata } from '../../../src/server/pypi/wheel-metadata.ts'

const text = (words: string) => new TextEncoder().encode(words)

describe('metadata of a wheel', () => {
  it('is the one METADATA file at the top', () => {
    const wheel = zipSync({ 'a.dist-info/METADATA': text('Name: a\n'), 'b/c.dist-info/METADATA': text('no') })
    expect(new TextDecoder().decode(wheelMetadata(wheel) ?? text(''))).toBe('Name: a\n')
  })

  it('is nothing where there are several, and they are not all unpacked', () => {
    const large = text('x'.repeat(512 * 1024))
    const names = Array.from({ length: 40 }, (_, number) => `n${number}.dist-info/METADATA`)
    const wheel = zipSync(Object.fromEntries(names.map((name) => [name, large])))
    const before = process.memoryUsage().arrayBuffers
    expect(wheelMetadata(wheel)).toBeNull()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 1024 * 1024)
  })

  it('is nothing in what is no wheel', () => expect(wheelMetadata(text('PK'))).toBeNull())
})
