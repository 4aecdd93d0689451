import { describe, expect, it } from 'vitest'
import { usesSlipwayCanary } from '../../../src/config/canaries/workflow-uses.ts'

const workflow = (step: string) => `
on: { workflow_dispatch: { inputs: { slipway: { type: string } } } }
jobs:
  other: { uses: acme/shared/.github/workflows/test.yml@v1 }
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - ${step}
`

describe("a workflow that runs Slipway's Action as canary", () => {
  it.each([
    '{ uses: slipway/slipway@v1, with: { command: canary, run: npm test } }',
    '{ uses: acme/slipway@0123abc, with: { command: canary } }',
    '{ uses: Acme/Slipway@main, with: { command: canary } }',
    '{ uses: acme/slipway/action@v1, with: { command: canary } }',
    '{ uses: ./, with: { command: canary } }',
    '{ uses: ./.github/actions/slipway, with: { command: canary } }',
  ])('%s counts', (step) => {
    expect(usesSlipwayCanary(workflow(step))).toBe(true)
  })

  it.each([
    '{ uses: slipway/slipway@v1, with: { command: publish } }',
    '{ uses: slipway/slipway@v1 }',
    '{ uses: slipway/slipway, with: { command: canary } }',
    '{ uses: slipway/other@v1, with: { command: canary } }',
    '{ uses: acme/not-slipway@v1, with: { command: canary } }',
    '{ uses: ./test, with: { command: canary } }',
    '{ run: "echo uses: slipway/slipway@v1 command: canary" }',
    '{ uses: [slipway/slipway@v1], with: { command: canary } }',
    'word',
  ])('%s does not', (step) => {
    expect(usesSlipwayCanary(workflow(step))).toBe(false)
  })

  it.each([
    ['empty', ''],
    ['a list', '[jobs]'],
    ['jobs of the wrong type', 'jobs: [steps]'],
    ['steps of the wrong type', 'jobs: { a: { steps: none } }'],
    ['broken', 'jobs:\n\t- x'],
    ['an unknown alias', 'jobs: *x'],
  ])('%s text is no such workflow', (_, text) => {
    expect(usesSlipwayCanary(text)).toBe(false)
  })
})
