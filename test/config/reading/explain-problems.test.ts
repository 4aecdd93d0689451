import { describe, expect, it } from 'vitest'
import { annotateProblems, explainProblems } from '../../../src/config/reading/explain-problems.ts'
import { nearestWord } from '../../../src/config/reading/nearest-word.ts'

const problem = {
  field: 'releases[0].profil',
  value: '"rapid"',
  expected: 'one of profile',
  line: 3,
  column: 5,
  nearest: 'profile',
}

describe('problems', () => {
  it('read like those of a compiler', () => {
    expect(explainProblems('.github/slipway.yml', [problem, { ...problem, line: 9 }])).toBe(
      [
        '.github/slipway.yml:3:5 releases[0].profil: got "rapid", expected one of profile',
        '.github/slipway.yml:9:5 releases[0].profil: got "rapid", expected one of profile',
      ].join('\n'),
    )
    expect(explainProblems('.github/slipway.yml', [])).toBe('')
  })

  it('keep to their lines and leave the terminal alone, whatever the keys are called', () => {
    const field = 'releases[0].be\n::error::ta\u001b[2J\u202e'
    expect(explainProblems('a.yml', [{ ...problem, field, expected: 'one of be\r\nta' }])).toBe(
      'a.yml:3:5 releases[0].be ::error::ta [2J : got "rapid", expected one of be ta',
    )
  })

  it('become annotations on the line', () => {
    expect(annotateProblems('.github/slipway.yml', [problem])).toEqual([
      {
        path: '.github/slipway.yml',
        start_line: 3,
        end_line: 3,
        start_column: 5,
        annotation_level: 'failure',
        message: 'releases[0].profil: got "rapid", expected one of profile',
      },
    ])
    expect(annotateProblems('a', [problem], 'warning')[0]?.annotation_level).toBe('warning')
  })
})

describe('the nearest word', () => {
  const words = ['package', 'profile', 'stages', 'gates', 'canaries']
  it.each([
    ['pakage', 'package'],
    ['Profile', 'profile'],
    ['proflie', 'profile'],
    ['stage', 'stages'],
    ['gate', 'gates'],
    ['canarys', 'canaries'],
    ['wholly-different', null],
    ['x', null],
    ['', null],
    ['p'.repeat(100), null],
  ])('to %j is %j', (given, word) => {
    expect(nearestWord(given, words)).toBe(word)
  })
})
