import { describe, expect, it } from 'vitest'
import { canaryOffers } from '../../../src/config/canaries/canary-offers.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'

function offersOf(text: string) {
  const result = parseSlipwayFile(text)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return canaryOffers(result.file)
}

describe("a dependent's offers", () => {
  it('are read as written', () => {
    const text =
      'canaries: [{ for: pypi:Demo_Lib, mode: dispatch, workflow: ci.yml, ref: main, timeout: 45m }]'
    expect(offersOf(text)).toEqual([
      {
        package: 'pypi:demo-lib',
        mode: 'dispatch',
        workflow: 'ci.yml',
        ref: 'main',
        timeoutMs: 45 * 60_000,
        runsPerMonth: null,
      },
    ])
  })

  it('are dispatched on the default branch, for half an hour, without a limit, unless they say so', () => {
    const defaults = { ref: null, timeoutMs: 30 * 60_000, runsPerMonth: null }
    expect(offersOf('canaries: [{ for: npm:a, workflow: test.yaml }]')).toEqual([
      { package: 'npm:a', mode: 'dispatch', workflow: 'test.yaml', ...defaults },
    ])
  })

  it.each(['pull', 'observe'] as const)('of the mode %s need no workflow to start', (mode) => {
    expect(offersOf(`canaries: [{ for: npm:a, mode: ${mode} }]`)).toMatchObject([{ mode, workflow: null }])
  })

  it('are none when the file has no such half', () => {
    expect(offersOf('releases: [{ package: npm:a }]')).toEqual([])
  })
})
