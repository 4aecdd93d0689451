import { describe, expect, it } from 'vitest'
import { meantLines, sayMeant } from '../../../src/gates/contents/meant-lines.ts'

const said = (notes: string) => meantLines(notes).map(sayMeant)

describe('what the notes of a release call meant', () => {
  it.each([
    ['a line', 'meant: name-removed: demo:old', ['name-removed: demo:old']],
    ['a code alone', '# 1.2.0\n\nMeant: name-removed\n\nThanks', ['name-removed']],
    ['an item of a list', '- meant: module-removed: demo.old', ['module-removed: demo.old']],
    ['a code span', '`meant: name-removed: demo:old`', ['name-removed: demo:old']],
    [
      'a list of JSON',
      'meant: ["name-removed: demo:old", "peer-added"]',
      ['name-removed: demo:old', 'peer-added'],
    ],
    ['lines of Windows', 'meant: peer-added\r\nmeant: peer-narrowed\r\n', ['peer-added', 'peer-narrowed']],
    ['prose', 'What was meant: nothing in particular', []],
    ['no code of ours', 'meant: well', []],
    ['a broken list', 'meant: ["name-removed', []],
    ['a list of other things', 'meant: [1, {"a": 2}]', []],
    ['nothing', '', []],
  ])('%s', (_, notes, expected) => expect(said(notes)).toEqual(expected))

  it('is bounded, and no longer than its text', () => {
    expect(said('meant: peer-added\n'.repeat(10_000))).toHaveLength(50)
    expect(said(`meant: ${' '.repeat(200_000)}`)).toEqual([])
  })
})
