import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkCanaryWorkflow } from '../../../src/config/canaries/check-workflow.ts'
import { explainProblems } from '../../../src/config/reading/explain-problems.ts'

const tight = `name: canary
on: { workflow_dispatch: { inputs: { slipway: { type: string } } } }
permissions:
  contents: read
concurrency: canary-\${{ fromJSON(inputs.slipway).nonce }}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with: { persist-credentials: false }
      - uses: slipway/slipway@v1
        id: canary
        with: { command: canary, run: npm test }
      - uses: actions/upload-artifact@v7
        with: { name: slipway-report, path: "\${{ steps.canary.outputs.report }}" }
`
const said = (text: string) => {
  const check = checkCanaryWorkflow(text)
  if (!check.ok) return explainProblems('ci.yml', check.problems)
  return explainProblems('ci.yml', check.warnings)
}

describe("a canary's workflow", () => {
  it('that asks for no more than it needs is fine', () => {
    expect(checkCanaryWorkflow(tight)).toEqual({ ok: true, canary: true, warnings: [] })
  })

  it('that is loose everywhere is told so, place by place', () => {
    const loose = `on: { workflow_dispatch: { inputs: { slipway: {} } }, pull_request_target: {} }
concurrency: { group: ci, cancel-in-progress: true }
env: { KEY: "\${{ secrets.NPM_TOKEN }}" }
jobs:
  test:
    runs-on: [self-hosted, linux]
    permissions: { contents: write, id-token: write }
    steps:
      - uses: actions/checkout@v5
      - uses: actions/checkout@v5
        with: { path: other }
      - uses: actions/checkout@v5
        with: { persist-credentials: true }
      - run: echo "\${{ secrets['A'] }}" "\${{ secrets.GITHUB_TOKEN }}"
  shared:
    permissions: read-all
    uses: acme/shared/.github/workflows/x.yml@v1
    secrets: inherit
`
    expect(said(loose)).toMatchInlineSnapshot(`
      "ci.yml:1:5 on: got "pull_request_target", expected no event that gives pull requests of strangers its rights
      ci.yml:3:13 env.KEY: got "\${{ secrets.NPM_TOKEN }}", expected no secrets
      ci.yml:6:14 jobs.test.runs-on: got ["self-hosted","linux"], expected a runner that is thrown away after the job
      ci.yml:7:30 jobs.test.permissions.contents: got "write", expected contents: read
      ci.yml:7:47 jobs.test.permissions.id-token: got "write", expected none where the candidate runs, which could sign its own verdict with it: id-token: write in a second job alone, with needs, actions/download-artifact and the input reports
      ci.yml:14:14 jobs.test.steps[3].run: got "echo \\"\${{ secrets['A'] }}\\" \\"\${{ secrets.GITHUB_TOKEN }}\\"", expected no secrets
      ci.yml:16:18 jobs.shared.permissions: got "read-all", expected contents: read
      ci.yml:18:14 jobs.shared.secrets: got "inherit", expected no secrets"
    `)
  })

  it.each([
    ['no permissions', tight.replace(/permissions:\n.*\n/, ''), 'permissions: got nothing'],
    ['all permissions', tight.replace(/permissions:\n.*\n/, 'permissions: write-all\n'), 'got "write-all"'],
    ['no group of its own', tight.replace(/concurrency.*\n/, ''), 'concurrency: got nothing'],
    [
      'packages: write',
      tight.replace('contents: read', 'packages: write'),
      'permissions.packages: got "write"',
    ],
    [
      'id-token: write beside the candidate',
      tight.replace('contents: read', 'id-token: write'),
      'in a second job',
    ],
  ])('with %s is told what is enough', (_, text, expected) => expect(said(text)).toContain(expected))

  it('may give its permissions job by job', () => {
    const byJob = tight
      .replace(/permissions:\n.*\n/, '')
      .replace('    runs-on', '    permissions: { contents: read }\n    runs-on')
    expect(said(byJob)).toBe('')
  })

  it.each([
    ['another workflow', 'on: push\npermissions: write-all\njobs: {}\n'],
    ['events as a list', 'on: [push, pull_request_target]\njobs: {}\n'],
    ['no jobs at all', 'on: push\n'],
  ])('is not what %s is', (_, text) => {
    expect(checkCanaryWorkflow(text)).toEqual({ ok: true, canary: false, warnings: [] })
  })

  it('that is odd but no YAML error is not tripped over', () => {
    const odd =
      'on: pull_request_target\npermissions: 5\nconcurrency: x\njobs: { a: 1, b: { steps: [1, { uses: 2 }] }, c: { steps: [{ uses: a/slipway@v1, with: { command: canary } }] } }\n'
    expect(said(odd)).toMatchInlineSnapshot(`
      "ci.yml:1:5 on: got "pull_request_target", expected no event that gives pull requests of strangers its rights
      ci.yml:4:60 jobs.c.steps[0]: got nothing, expected with: { run: ... }, the command that tests this project"
    `)
  })

  it.each([
    ['uses', ''],
    ['with', 'with: { path: other }'],
    ['with.persist-credentials', 'with: { persist-credentials: true }'],
  ])('that leaves the token in its checkout is warned (%s)', (field, given) => {
    const text = tight.replace('with: { persist-credentials: false }', given)
    const check = checkCanaryWorkflow(text)
    expect(check.ok && check.warnings.map((warning) => warning.field)).toEqual([
      `jobs.test.steps[0].${field}`,
    ])
  })

  it('whose runs cut each other off is warned', () => {
    const text = tight.replace(/concurrency.*/, 'concurrency: { group: ci, cancel-in-progress: true }')
    expect(said(text)).toContain('cancel-in-progress: got true, expected false')
  })

  it.each([
    [
      'only pushes start',
      tight.replace(/on: .*/, 'on: push'),
      'expected workflow_dispatch with the input slipway',
    ],
    ['takes no input', tight.replace(/on: .*/, 'on: workflow_dispatch'), 'expected its input slipway'],
    ['misspells its command', tight.replace('command: canary', 'command: canari'), 'command: canary, run'],
  ])('that %s is told the fix', (_, text, fix) => expect(said(text)).toContain(fix))

  it('that is no YAML says where', () => expect(said('on: [push\n')).toMatch(/^ci\.yml:\d+:\d+ /))
})

describe('the example dependents', () => {
  const root = new URL('../../../examples/dependents/', import.meta.url)
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())

  it.each(names.map(({ name }) => name))('%s gives unreleased code nothing', (name) => {
    const text = readFileSync(new URL(`${name}/.github/workflows/canary.yml`, root), 'utf8')
    expect(checkCanaryWorkflow(text)).toEqual({ ok: true, canary: true, warnings: [] })
  })
})
