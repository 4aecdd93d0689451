import { expect, it } from 'vitest'
import { conditionNotes } from '../../../src/github/words/condition-notes.ts'
import { canary, explanation, noon } from '../explanations.ts'

const condition = { state: 'archived', message: 'the repository is archived', at: noon } as const
const stuck = (change: Parameters<typeof canary>[0] = {}) => canary({ kind: 'infra', condition, ...change })

it('says what keeps a canary from being tested, in words that cannot act', () => {
  const message = 'there is no workflow @everyone | `ci.yml`'
  const canaries = [stuck(), stuck({ label: 'acme/b', condition: { ...condition, message } })]
  expect(conditionNotes(explanation({ canaries }))).toMatchInlineSnapshot(`
    "- \`acme/app\` cannot be tested: the repository is archived.
    - \`acme/b\` cannot be tested: there is no workflow @&#8203;everyone \\| \\\`ci.yml\\\`."
  `)
})

it.each([
  ['can be tested', stuck({ condition: null })],
  ['has answered already', stuck({ kind: 'same-pass' })],
  ['was waived', stuck({ kind: 'waived' })],
  ['counts for nothing', stuck({ admission: 'none' })],
])('says nothing of one that %s', (_, one) => {
  expect(conditionNotes(explanation({ canaries: [one] }))).toBe('')
})

it('counts what is too much to name', () => {
  const canaries = Array.from({ length: 23 }, (_, number) => stuck({ id: String(number) }))
  const lines = conditionNotes(explanation({ canaries })).split('\n')
  expect([lines.length, lines.at(-1)]).toEqual([21, '- 3 more cannot be tested.'])
})
