import { describe, expect, it } from 'vitest'
import { parseViewId, viewIdOf } from '../../../src/catalog/views/view-id.ts'

const [a, b] = ['aaaaaaaaaaaaaaa2', 'bbbbbbbbbbbbbbb7']

describe('the id of a view', () => {
  it('names its rollouts, ascending and each once, or is stable', () => {
    expect(viewIdOf([])).toBe('stable')
    expect(viewIdOf([`ro-${b}`, `ro-${a}`, `ro-${b}`])).toBe(`${a}.${b}`)
  })

  it.each(['stable', a, `${a}.${b}`])('is read as it is written: %s', (text) => {
    expect(viewIdOf(parseViewId(text) ?? ['not read'])).toBe(text)
  })

  // One view has one address, or caches would keep it twice.
  it.each([
    '',
    'Stable',
    'stable.stable',
    `stable.${a}`,
    `${b}.${a}`,
    `${a}.${a}`,
    `${a}.`,
    `.${a}`,
    `ro-${a}`,
    a.toUpperCase(),
    a.slice(1),
    `${a},${b}`,
    Array.from({ length: 101 }, (_, index) => `a${index.toString(32).padStart(15, 'b')}`).join('.'),
  ])('is nothing else: %s', (text) => {
    expect(parseViewId(text)).toBe(null)
  })
})
