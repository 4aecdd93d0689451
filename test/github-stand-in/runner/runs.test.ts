import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunRig, startRunRig } from './run-rig.ts'

/** An action that shows what it was given and does what its inputs ask for, from its `main` and its `post`. */
const actionFile = `
name: probe
inputs:
  command: { required: true }
  server: { default: 'none' }
runs: { using: node24, main: dist/action/index.js, post: dist/action/post.js }
`
const mainFile = `
import { appendFileSync, readFileSync } from 'node:fs'
const { env } = process
const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8'))
appendFileSync(env.GITHUB_OUTPUT, 'seen<<EOT\\n' + env.INPUT_COMMAND + '\\n' + env.INPUT_SERVER + '\\nEOT\\n')
appendFileSync(env.GITHUB_ENV, 'FROM_ACTION=' + event.inputs.word + '\\n')
appendFileSync(env.GITHUB_STATE, 'kept=treasure\\n')
appendFileSync(env.GITHUB_STEP_SUMMARY, '# Summary\\n')
if (env.INPUT_COMMAND === 'fail') process.exit(1)
`

let rig: RunRig
let actionDirectory: string

beforeAll(async () => {
  actionDirectory = await mkdtemp(join(tmpdir(), 'probe-action-'))
  await mkdir(join(actionDirectory, 'dist/action'), { recursive: true })
  await writeFile(join(actionDirectory, 'package.json'), '{"type":"module"}')
  await writeFile(join(actionDirectory, 'action.yml'), actionFile)
  await writeFile(join(actionDirectory, 'dist/action/index.js'), mainFile)
  await writeFile(
    join(actionDirectory, 'dist/action/post.js'),
    "console.log('post has', process.env.STATE_kept)",
  )
  rig = await startRunRig({ actionDirectory })
})
afterAll(async () => {
  expect(rig.github.violations()).toEqual([])
  await rig.close()
  await rm(actionDirectory, { recursive: true })
})

describe('the conclusion', () => {
  it.each([
    ['- run: "true"', 'success'],
    ['- run: exit 1', 'failure'],
    ['- run: |\n    false\n    true', 'failure'],
    ['- run: exit 1\n  continue-on-error: true', 'success'],
    ['- run: exit 1\n- run: "true"\n  if: always()', 'failure'],
    ['- run: false | true', 'success'],
    ['- run: false | true\n  shell: bash', 'failure'],
  ])('of %j is %s', async (steps, conclusion) => {
    expect((await rig.runSteps(steps)).run).toMatchObject({ status: 'completed', conclusion })
  })

  it('is timed out when a job takes longer than it may, and its children die', async () => {
    const { run, log } = await rig.runSteps('- run: sleep 600 & sleep 600\n- run: echo never', {
      job: 'timeout-minutes: 0.01',
    })
    expect(run.conclusion).toBe('timed_out')
    expect(log).not.toContain('never')
  })

  it('comes with three webhooks in the order of its life', async () => {
    const { id } = await rig.runSteps('- run: exit 1')
    const told = rig.received
      .filter((hook) => hook.event === 'workflow_run')
      .map(
        (hook) => hook.payload as { action: string; workflow_run: { id: number; conclusion: string | null } },
      )
      .filter((payload) => payload.workflow_run.id === id)
    expect(told.map((payload) => [payload.action, payload.workflow_run.conclusion])).toEqual([
      ['requested', null],
      ['in_progress', null],
      ['completed', 'failure'],
    ])
  })
})

describe('steps', () => {
  it('hand outputs, variables and paths on', async () => {
    const { log } = await rig.runSteps(
      `
- id: one
  run: |
    echo "version=1.2.0" >> "$GITHUB_OUTPUT"
    printf 'text<<E\\na\\nb\\nE\\n' >> "$GITHUB_OUTPUT"
    echo "LATER=from one" >> "$GITHUB_ENV"
    mkdir bin; printf '#!/bin/sh\\necho own tool' > bin/own; chmod +x bin/own
    echo "$PWD/bin" >> "$GITHUB_PATH"
- run: |
    echo "got \${{ steps.one.outputs.version }}, $LATER, \${{ env.LATER }}, $STEP"
    own
  env: { STEP: "step \${{ inputs.word }}" }
- run: pwd
  working-directory: bin`,
      { inputs: { word: 'hello' } },
    )
    expect(log).toContain('got 1.2.0, from one, from one, step hello\nown tool\n')
    expect(log).toMatch(/\/bin\n$/)
  })

  it('see the commit only after checkout, and nothing of this machine', async () => {
    process.env.SECRET_OF_THE_HOST = 'leak'
    const { log } = await rig.runSteps(`
- run: ls -A
- uses: actions/checkout@v4
- run: ./tool.sh && cat sub/x && env
- run: echo "$KEY"
  env: { KEY: "\${{ secrets.KEY }}" }`)
    delete process.env.SECRET_OF_THE_HOST
    expect(log).toContain('tool runs\ny')
    expect(log.slice(0, log.indexOf('actions/checkout'))).not.toContain('tool.sh')
    expect(log).not.toMatch(/leak|VITEST|npm_config|ACTIONS_ID_TOKEN|GITHUB_TOKEN/)
    expect(log).not.toContain('hush-hush')
    expect(log).toContain('GITHUB_REPOSITORY=acme/')
  })

  it('run after a failure only where their condition says so', async () => {
    const { run, log } = await rig.runSteps(`
- run: exit 1
- run: echo plain step
- run: echo on failure
  if: failure()
- run: echo at last
  if: always()`)
    expect(run.conclusion).toBe('failure')
    expect(log).not.toContain('plain step')
    expect(log).toContain('on failure\n')
    expect(log).toContain('at last\n')
  })

  it('cannot reach anything outside this machine', async () => {
    const before = rig.github.outsideAttempts().length
    const { run } = await rig.runSteps(
      `
- run: |
    node -e "fetch('https://registry.npmjs.org/left-pad').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"`,
    )
    expect(run.conclusion).toBe('failure')
    expect(rig.github.outsideAttempts().slice(before)).toEqual(['registry.npmjs.org:443'])
  })

  it('reach the API of this GitHub with the job token', async () => {
    const { run } = await rig.runSteps(`
- run: |
    node -e "fetch(process.env.GITHUB_API_URL + '/repos/' + process.env.GITHUB_REPOSITORY, { headers: { authorization: 'Bearer ' + process.env.TOKEN } }).then((r) => process.exit(r.ok ? 0 : 1))"
  env: { TOKEN: "\${{ github.token }}" }`)
    expect(run.conclusion).toBe('success')
  })
})

describe('jobs', () => {
  const jobs = (first: string) => `
on: workflow_dispatch
jobs:
  last:
    needs: [first]
    runs-on: x
    steps: [{ run: 'echo last has \${{ needs.first.outputs.word }}' }]
  first:
    runs-on: x
    outputs: { word: '\${{ steps.a.outputs.word }}' }
    steps: [{ id: a, run: '${first}' }]
  report:
    needs: [first, last]
    if: always()
    runs-on: x
    steps: [{ run: 'echo report after \${{ needs.first.result }}' }]
`
  it('wait for what they need and read its outputs', async () => {
    const { run, log } = await rig.runWorkflow(jobs('echo word=hello >> $GITHUB_OUTPUT'))
    expect(run.conclusion).toBe('success')
    expect(log).toContain('last has hello')
  })

  it('are skipped when it failed, unless they say otherwise', async () => {
    const { repository, id, run, log } = await rig.runWorkflow(jobs('exit 1'))
    const { body } = await rig.call('GET', `/repos/${repository}/actions/runs/${id}/jobs`)
    const found = body.jobs as unknown as { name: string; conclusion: string }[]
    expect(run.conclusion).toBe('failure')
    expect(found.map((job) => [job.name, job.conclusion])).toEqual([
      ['first', 'failure'],
      ['last', 'skipped'],
      ['report', 'success'],
    ])
    expect(log).toContain('report after failure')
  })
})

describe('uses slipway', () => {
  it('runs the bundle with its inputs and defaults, and its post step at the end', async () => {
    const { run, log } = await rig.runSteps(
      `
- id: slipway
  uses: example/slipway@v1
  with: { command: "say \${{ inputs.word }}" }
- run: echo "$FROM_ACTION; \${{ steps.slipway.outputs.seen }}"`,
      { inputs: { word: 'hello' } },
    )
    expect(run.conclusion).toBe('success')
    expect(log).toContain('hello; say hello\nnone')
    expect(log).toContain('# Summary')
    expect(log).toMatch(/post has treasure\n$/)
  })

  it('fails the job when the bundle does', async () => {
    const { run } = await rig.runSteps('- uses: example/slipway@v1\n  with: { command: fail }')
    expect(run.conclusion).toBe('failure')
  })

  it('gives a token only to jobs that may have one', async () => {
    const ask = `
- run: |
    curl -s -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=slipway" > answer
    node -p "JSON.parse(require('fs').readFileSync('answer')).value.split('').join(' ')"`
    const allowed = await rig.runSteps(ask, { job: 'permissions: { id-token: write }\nenvironment: release' })
    expect(allowed.run.conclusion).toBe('success')
    const spaced = allowed.log.split('\n').findLast((line) => line.startsWith('e y J')) ?? ''
    const keys = createRemoteJWKSet(new URL(`${rig.github.oidcIssuer}/.well-known/jwks`))
    const { payload } = await jwtVerify(spaced.replaceAll(' ', ''), keys, { audience: 'slipway' })
    expect(payload).toMatchObject({
      repository: allowed.repository,
      run_id: String(allowed.id),
      run_attempt: '1',
      event_name: 'workflow_dispatch',
      environment: 'release',
      workflow_ref: `${allowed.repository}/.github/workflows/ci.yml@refs/heads/main`,
      sha: allowed.run.head_sha,
    })
    const refused = await rig.runSteps(ask, { job: 'permissions: { contents: read }' })
    expect(refused.run.conclusion).toBe('failure')
  })
})
