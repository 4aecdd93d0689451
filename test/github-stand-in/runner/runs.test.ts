import { spawnSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunRig, startRunRig } from './run-rig.ts'

let rig: RunRig
beforeAll(async () => {
  rig = await startRunRig()
})
afterAll(async () => {
  expect(rig.github.violations()).toEqual([])
  await rig.close()
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

describe('runs', () => {
  it('wait when two others are under way', async () => {
    const gate = join(await mkdtemp(join(tmpdir(), 'slipway-gate-')), 'open')
    const waiting = `- run: while [ ! -e '${gate}' ]; do sleep 0.1; done`
    const all = [1, 2, 3].map(() => rig.runSteps(waiting))
    const states = () =>
      rig.github
        .runs()
        .slice(-3)
        .map((run) => run.status)
    await expect.poll(states, { timeout: 30_000 }).toEqual(['in_progress', 'in_progress', 'queued'])
    await writeFile(gate, '')
    await Promise.all(all)
    expect(states()).toEqual(['completed', 'completed', 'completed'])
  })
})

describe('steps', () => {
  it('keep what they started in the background until the job ends', async () => {
    const { log } = await rig.runSteps(`
- run: sleep 500 & echo $! > pid
- run: kill -0 "$(cat pid)" && echo still there at "$(cat pid)"`)
    const pid = Number(/still there at (\d+)\n$/.exec(log)?.[1])
    expect(pid).toBeGreaterThan(1)
    // A killed process whose parent is gone may stay as a zombie (Z) where nobody collects it.
    expect(
      spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
        .stdout.toString()
        .trim(),
    ).toMatch(/^(Z.*)?$/)
  })

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
    node -e "fetch('https://packages.example.org/left-pad').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"`,
    )
    expect(run.conclusion).toBe('failure')
    expect(rig.github.outsideAttempts().slice(before)).toEqual(['packages.example.org:443'])
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
    const path = `/repos/${repository}/actions/runs/${id}/jobs`
    const { body } = await rig.call<{ jobs: { name: string; conclusion: string }[] }>('GET', path)
    expect(run.conclusion).toBe('failure')
    expect(body.jobs.map((job) => [job.name, job.conclusion])).toEqual([
      ['first', 'failure'],
      ['last', 'skipped'],
      ['report', 'success'],
    ])
    expect(log).toContain('report after failure')
  })
})
