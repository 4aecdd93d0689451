import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { code, fenced, link, marker, oneLine, prose } from '../../../src/github/words/escape-text.ts'

describe('words of somebody else', () => {
  it.each([
    ['a mention', 'ask @octocat', 'ask @&#8203;octocat'],
    ['a team', '@acme/core', '@&#8203;acme/core'],
    ['a closing keyword', 'closes #12', 'closes #&#8203;12'],
    ['a reference elsewhere', 'fixes acme/lib#12', 'fixes acme/lib#&#8203;12'],
    ['the other reference form', 'GH-12', 'GH-&#8203;12'],
    ['an address', 'see https://evil.test/x', 'see https:&#8203;//evil.test/x'],
    ['an address without scheme', 'www.evil.test', 'www&#8203;.evil.test'],
    ['a link', '[click](x)', '\\[click\\](x)'],
    ['an image', '![x](y)', '!\\[x\\](y)'],
    ['a table cell', 'a | b', 'a \\| b'],
    ['HTML', '<img src=x>', '&lt;img src=x&gt;'],
    ['the end of our block', '<!-- slipway:end -->', '&lt;!-- slipway:end --&gt;'],
    ['an entity', '&commat;octocat', '&amp;commat;octocat'],
    ['a commit', 'deadbeef1', 'dea&#8203;dbeef1'],
    ['several lines', 'a\n\n# b', 'a # b'],
    ['colours', '\u001b[31mFAIL\u001b[0m \u001b[1;32mok\u001b[K', 'FAIL ok'],
    ['everybody', '@everyone @here', '@&#8203;everyone @&#8203;here'],
    ['a marker of ours', '<!-- slipway:begin ro-x -->', '&lt;!-- slipway:begin ro-x --&gt;'],
    ['invisible letters in a mention', '@\u200bocto\u2060cat', '@&#8203;octocat'],
    ['a list', '- item', '\\- item'],
    ['a numbered list', '1. item', '1\\. item'],
    ['bidirectional control', 'a\u202Eb', 'ab'],
    ['a release id', 'npm:@acme/lib@1.0.0 broke', '`npm:@acme/lib@1.0.0` broke'],
    ['formulas', '$x$', '\\$x\\$'],
  ])('do not act: %s', (_, given, expected) => expect(prose(given)).toBe(expected))

  it('never hold a live mention, reference, address, tag or cell border, whatever they are', () => {
    const part = fc.constantFrom(
      '@',
      '#',
      '1',
      'a',
      '/',
      '`',
      '|',
      '<',
      '>',
      '!--',
      '-',
      'https://',
      'www.',
      'GH-',
      '\\',
      '[',
      ']',
      ' ',
      '\n',
      'npm:',
      '&',
      '.',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const outside = prose(parts.join(''))
          .replace(/\\[\\|[\]`]/g, ' ')
          .replace(/`[^`]*`/g, ' ')
        expect(outside).not.toMatch(/@(?!&#8203;)|#\d(?!\d*;)|:\/\/|\bwww\.|\n|<|>/)
        expect(outside).not.toMatch(/[|[\]`]/)
      }),
      { numRuns: 2000 },
    )
  })

  it('are cut', () => expect(oneLine('x'.repeat(400), 20)).toBe(`${'x'.repeat(17)}...`))
})

describe('names as code', () => {
  it.each([
    ['acme/app', '`acme/app`'],
    ['a`b', "`a'b`"],
    ['a|b', '`a/b`'],
    ['', '` `'],
  ])('%j', (given, expected) => expect(code(given)).toBe(expected))
})

describe('logs', () => {
  it('cannot end their block', () => {
    const text = fenced('a\n````\n@all <!-- slipway:end -->', { lines: 10, characters: 500 })
    expect(text).toBe('`````text\na\n````\n@all <! -- slipway:end -->\n`````')
  })

  it('keep their last lines', () => {
    expect(fenced('1\n2\n3', { lines: 2, characters: 500 })).toBe('```text\n2\n3\n```')
  })
})

describe('links', () => {
  it.each([
    ['https://github.com/a/b/actions/runs/1', '[run](https://github.com/a/b/actions/runs/1)'],
    ['javascript:alert(1)', 'run'],
    ['https://x.test/) [x](https://evil.test', 'run'],
    [null, 'run'],
  ])('to %s', (url, expected) => expect(link('run', url)).toBe(expected))
})

it('markers hold any key without ending early', () => {
  expect(marker('comment', 'ro-a/x-->/y--z')).toBe('<!-- slipway:comment ro-a/x-%2D%3E/y-%2Dz -->')
})

describe('very long words of somebody else', () => {
  const long = '@everyone fixes #1 | `<!-- slipway:end -->` \u202e\u001b[31m'.repeat(20_000)

  it('are cut, quickly, and still do not act', () => {
    const began = performance.now()
    expect(prose(long, 300).length).toBeLessThan(1500)
    expect(code(long).length).toBeLessThan(200)
    expect(fenced(long, { lines: 40, characters: 3000 }).length).toBeLessThan(4000)
    expect(performance.now() - began).toBeLessThan(2000)
    const block = fenced(long, { lines: 40, characters: 3000 })
    expect(prose(long, 300)).not.toMatch(/@(?!&#8203;)|<|\u202e/)
    expect(block).not.toMatch(/<!--|\u202e/)
    for (const text of [prose(long, 300), block]) expect(text).not.toContain('\u001b')
  })
})
