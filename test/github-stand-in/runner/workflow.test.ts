import { describe, expect, it } from 'vitest'
import { inputsContext, parseWorkflow, workflowInputs } from './workflow.ts'

const text = `
name: CI
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on:
  push:
  workflow_dispatch:
    inputs:
      slipway: { required: true }
      depth: { type: choice, options: [small, large], default: small }
      deep: { type: boolean }
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`

describe('dispatch inputs', () => {
  it.each([
    [{ slipway: '{}' }, null],
    [{}, "Required input 'slipway' not provided"],
    [{ slipway: '{}', nonce: 'x' }, 'Unexpected inputs provided: ["nonce"]'],
    [
      { slipway: '{}', depth: 'huge' },
      "Provided value 'huge' for input 'depth' not in the list of allowed values",
    ],
  ])('%j', (given, problem) => {
    expect(workflowInputs(parseWorkflow(text, 'ci.yml'), given)).toBe(problem)
  })

  it('are refused where the workflow is not started that way', () => {
    const other = parseWorkflow('on: push\njobs: { a: { steps: [{ run: x }] } }', 'ci.yml')
    expect(workflowInputs(other, {})).toBe("Workflow does not have 'workflow_dispatch' trigger")
  })

  it('have defaults and types', () => {
    const context = inputsContext(parseWorkflow(text, 'ci.yml'), { slipway: '{}', deep: 'true' })
    expect(context).toEqual({ slipway: '{}', depth: 'small', deep: true })
  })

  it('name the run', () => {
    expect(parseWorkflow(text, 'ci.yml').title({ slipway: '{"nonce":"n-1"}' })).toBe('slipway n-1')
  })
})

describe('what the runner has not', () => {
  it.each([
    ['strategy: { matrix: everything }', 'jobs.test.strategy'],
    ['container: node:24', 'jobs.test.container'],
    ['services: { db: { image: x } }', 'jobs.test.services'],
    ['uses: acme/lib/.github/workflows/x.yml@v1', 'jobs.test.uses'],
    ['steps: [{ run: x, timeout: 3 }]', 'jobs.test.steps[0].timeout'],
    ['steps: [{ name: x }]', 'jobs.test.steps[0] without exactly one of run and uses'],
  ])('%s is refused by name', (line, named) => {
    const workflow = `on: workflow_dispatch\njobs:\n  test:\n    runs-on: x\n    ${line}\n`
    expect(() => parseWorkflow(workflow, 'ci.yml')).toThrow(named)
  })
})
