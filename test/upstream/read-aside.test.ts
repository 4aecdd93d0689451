import { describe, expect, it } from 'vitest'
import { readAside } from '../../src/upstream/read-aside.ts'
import { readDocument } from '../../src/upstream/read-document.ts'
import { aPackument } from './tiny-upstream.ts'

const url = 'https://registry.example.org/long'
const sent = (body: string) => ({ body: Buffer.from(body), contentType: 'application/json', url })

/** Of some megabytes, with whatever a document may hold. */
function longPackument(): string {
  const ages = Object.fromEntries(Array.from({ length: 400 }, (_, minor) => [`1.${minor}.0`, 900 - minor]))
  return JSON.stringify(aPackument('long', ages, { readme: `é${'r'.repeat(2_000_000)}` }))
}

describe('a long document', () => {
  const text = longPackument()

  it('is read in its thread as it is read at once', async () => {
    const aside = await readAside('npm:long', sent(text))
    expect(aside.ok).toBe(true)
    expect(aside).toEqual(readDocument('npm:long', sent(text)))
  })

  it.each([
    ['cut', text.slice(0, -10), /not valid JSON/],
    ['about something else', text.replace('"name":"long"', '"name":"else"'), /name/],
  ])('that is %s is refused in the same words', async (_what, body, why) => {
    const aside = await readAside('npm:long', sent(body))
    expect(aside).toEqual(readDocument('npm:long', sent(body)))
    expect(aside).toMatchObject({ ok: false, why: expect.stringMatching(why) })
  })

  it('lets others have their turn meanwhile, and several come in order', async () => {
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
    }, 1)
    const names = ['npm:long', 'npm:other', 'npm:long']
    const read = await Promise.all(names.map((id) => readAside(id, sent(text))))
    clearInterval(counting)
    expect(read.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(turns).toBeGreaterThan(3)
  })
})
