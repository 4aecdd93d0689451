import { expect, it } from 'vitest'
import { parseAssignments } from './environment-files.ts'

it('reads lines and blocks', () => {
  const text = 'plain=a=b\nlong<<END_1\nfirst\n\nlast=x\nEND_1\nempty=\n'
  expect(parseAssignments(text)).toEqual({ plain: 'a=b', long: 'first\n\nlast=x', empty: '' })
})

it.each([
  ['long<<END\nnever ended', 'Matching delimiter not found'],
  ['no sign at all', 'Invalid format'],
])('refuses %j', (text, message) => {
  expect(() => parseAssignments(text)).toThrow(message)
})
