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
  job-status: { default: '\${{ job.status }}' }
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
    "console.log('post of', process.env['INPUT_JOB-STATUS'], 'has', process.env.STATE_kept)",
  )
  rig = await startRunRig({ actionDirectory })
})
afterAll(async () => {
  expect(rig.github.violations()).toEqual([])
  await rig.close()
  await rm(actionDirectory, { recursive: true })
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
    expect(log).toMatch(/post of success has treasure\n$/)
  })

  it('runs it from the checkout of its own repository too', async () => {
    const steps = '- uses: ./\n  with: { command: x }'
    const { run } = await rig.runSteps(steps)
    const own = await rig.runSteps(`- uses: actions/checkout@v5\n- run: touch action.yml\n${steps}`)
    expect([run.conclusion, own.run.conclusion]).toEqual(['failure', 'success'])
  })

  it('fails the job when the bundle does', async () => {
    const { run, log } = await rig.runSteps('- uses: example/slipway@v1\n  with: { command: fail }')
    expect(run.conclusion).toBe('failure')
    expect(log).toContain('post of failure has treasure')
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
