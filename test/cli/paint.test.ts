import { describe, expect, it } from 'vitest'
import { columns, paintFor, wantsColour } from '../../src/cli/paint.ts'

describe('colour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %j with %j: %j', (terminal, env, wanted) => expect(wantsColour(terminal, env)).toBe(wanted))

  it('wraps text only when it is wanted', () => {
    expect(paintFor(true)('red', 'no')).toBe('\u001b[31mno\u001b[39m')
    expect(paintFor(false)('red', 'no')).toBe('no')
  })

  it('does not disturb the columns of a table', () => {
    const rows = [
      ['pass', 'bake'],
      ['a longer cell', 'x'],
    ]
    const plain = columns(rows)
    const painted = columns(rows, (cell) => paintFor(true)('red', cell))
    expect(plain).toBe('  pass           bake\n  a longer cell  x')
    expect(painted.replaceAll('\u001b[31m', '').replaceAll('\u001b[39m', '')).toBe(plain)
  })
})
