import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { usesSlipwayCanary } from '../../../src/config/canaries/workflow-uses.ts'
import { policyFromRequest } from '../../../src/config/policy/resolve-policy.ts'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import { parseServerFile } from '../../../src/config/server/server-file.ts'

/** Right, or told what is wrong and where; never an exception, never half a file. */
function expectAnswer(result: ReturnType<typeof parseSlipwayFile> | ReturnType<typeof parseServerFile>) {
  if (result.ok) return
  expect(result.problems.length).toBeGreaterThan(0)
  for (const problem of result.problems) {
    expect(problem.line).toBeGreaterThan(0)
    expect(problem.column).toBeGreaterThan(0)
    expect(problem.expected).not.toMatch(/^Invalid|^Expected|undefined/)
    expect(problem.value.length).toBeLessThan(300)
  }
}

/** Values of every shape under the names that the file knows, so that each check meets each type. */
const names = [
  'releases package train profile stages gates canaries groups rollback notify name percent bake',
  'repo required weight for mode workflow urgent window advisories policy limits hosted publicUrl __proto__',
]
const known = fc.constantFrom(...names.join(' ').split(' '))
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom<unknown>(null, true, 0, 5, 100, Number.NaN, '15m', 'rapid', 'npm:a', 'acme/app', '50%'),
      fc.string({ maxLength: 8 }),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(known, tie('tree'), { maxKeys: 6 }),
  ),
}))

describe('a file of any content', () => {
  it('is answered, whatever its shape', () => {
    fc.assert(
      fc.property(fc.dictionary(known, tree, { maxKeys: 4 }), (document) => {
        const text = stringify(document)
        expectAnswer(parseSlipwayFile(text))
        expectAnswer(parseServerFile(text))
        const release = stringify({ releases: [{ package: 'npm:a', ...document }, document] })
        expectAnswer(parseSlipwayFile(release))
        expect(usesSlipwayCanary(text)).toBe(false)
        const request = policyFromRequest(document)
        if (!request.ok) expect(request.problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 100 },
    )
  })

  it('is answered, whatever its text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab:-{}[],&*!|>%@`"\'#\t\n  ?~=<0'), maxLength: 60 })
    fc.assert(
      fc.property(text, (given) => {
        expectAnswer(parseSlipwayFile(given))
        expectAnswer(parseServerFile(given))
        expect(usesSlipwayCanary(given)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('with parts of the wrong type everywhere is told about each', () => {
    const text = `releases:
  - 1
  - package: 5
    stages: [7, { percent: 0, bake: 1h, groups: 8, gates: 9, name: 10 }, { percent: 100, bake: 1h, groups: [11] }]
    canaries: [12, { repo: 13 }]
    groups: [14]
    gates: 15
    rollback: 16
    notify: 17
    train: [18]
    profile: 19
canaries: [20, { for: 21, workflow: 22, ref: 23, mode: 24 }]
`
    const result = parseSlipwayFile(text)
    const values = result.ok ? [] : result.problems.map(({ value }) => value)
    for (const wrong of [
      '1',
      '5',
      '7',
      '8',
      '9',
      '10',
      '11',
      '12',
      '13',
      '15',
      '16',
      '17',
      '19',
      '20',
      '21',
    ]) {
      expect(values).toContain(wrong)
    }
    expect(values).toEqual(expect.arrayContaining(['22', '23', '24', '[14]', '[18]']))
  })
})
