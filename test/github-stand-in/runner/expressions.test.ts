import { describe, expect, it } from 'vitest'
import { allows, evaluate, interpolate, type Scope } from './expressions.ts'

const scope: Scope = {
  contexts: {
    inputs: { slipway: '{"index":{"candidate":"http://x/"},"releases":["a","b"],"try":2}', deep: true },
    github: { event_name: 'workflow_dispatch', ref: 'refs/heads/main' },
    env: { NAME: 'Value' },
    steps: { build: { outputs: { version: '1.2.0' }, outcome: 'failure' } },
  },
  status: { success: true, failure: false },
}

it.each([
  ['fromJSON(inputs.slipway).index.candidate', 'http://x/'],
  ["fromJSON(inputs.slipway)['releases'][1]", 'b'],
  ['inputs.missing', null],
  ['inputs.missing.deeper', null],
  ["env.NAME == 'value'", true],
  ["github.event_name != 'push' && inputs.deep", true],
  ["inputs.missing || 'none'", 'none'],
  ["!inputs.missing && ('a' == 'b' || 2 < 3)", true],
  ["contains(github.ref, 'MAIN')", true],
  ["startsWith(github.ref, 'refs/heads') && endsWith(github.ref, 'main')", true],
  ["format('{0}-{1}', 'a', 2)", 'a-2'],
  ["join(fromJSON(inputs.slipway).releases, ' ')", 'a b'],
  ["'it''s'", "it's"],
  ['steps.build.outputs.version', '1.2.0'],
  ['1 == true', true],
  ['null == 0', true],
])('%s', (text, value) => {
  expect(evaluate(text, scope)).toEqual(value)
})

it('replaces every expression in a text', () => {
  expect(interpolate(`v\${{ steps.build.outputs.version }} of \${{ env.NAME }}`, scope)).toBe(
    'v1.2.0 of Value',
  )
})

describe('what is not supported', () => {
  it.each([
    ['hashFiles(1)', 'function hashFiles()'],
    ['matrix.node', 'context matrix'],
    ['inputs.*', 'expression "inputs.*"'],
    ['1 +', 'from " +"'],
    ['inputs.a inputs.b', 'expression "inputs.a inputs.b"'],
  ])('%s is named', (text, named) => {
    expect(() => evaluate(text, scope)).toThrow(`not supported by the stand-in's runner`)
    expect(() => evaluate(text, scope)).toThrow(named)
  })
})

describe('if', () => {
  const failed: Scope = { ...scope, status: { success: false, failure: true } }
  it.each([
    [undefined, true, false],
    ['always()', true, true],
    ['failure()', false, true],
    [`\${{ success() }}`, true, false],
    ["github.event_name == 'workflow_dispatch'", true, false],
    ["always() && github.event_name == 'push'", false, false],
    ["steps.build.outcome == 'failure' && !cancelled()", true, true],
  ])('%s', (condition, afterSuccess, afterFailure) => {
    expect([allows(condition, scope), allows(condition, failed)]).toEqual([afterSuccess, afterFailure])
  })
})
