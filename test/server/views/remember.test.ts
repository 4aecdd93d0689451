import { expect, it } from 'vitest'
import { remember } from '../../../src/server/views/remember.ts'

it('works out each text once, keeps at most so many answers, and no long ones', () => {
  const asked: string[] = []
  const lengthOf = remember(2, (text) => {
    asked.push(text.slice(0, 3))
    return text.length
  })
  expect(['a', 'bb', 'a', 'bb'].map(lengthOf)).toEqual([1, 2, 1, 2])
  expect(asked).toEqual(['a', 'bb'])
  // Full: the third text starts it anew.
  expect(['ccc', 'a'].map(lengthOf)).toEqual([3, 1])
  expect(asked).toEqual(['a', 'bb', 'ccc', 'a'])
  const long = 'x'.repeat(501)
  expect([long, long].map(lengthOf)).toEqual([501, 501])
  expect(asked.slice(-2)).toEqual(['xxx', 'xxx'])
})

it('keeps what came to nothing, too', () => {
  let times = 0
  const nothing = remember(10, () => {
    times += 1
    return null
  })
  expect([nothing('a'), nothing('a')]).toEqual([null, null])
  expect(times).toBe(1)
})
