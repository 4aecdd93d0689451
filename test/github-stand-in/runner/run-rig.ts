import { expect } from 'vitest'
import type { GithubOptions } from '../github.ts'
import { type Rig, startRig } from '../rig.ts'

/** A run as the API shows it when it is over, and what its jobs printed. */
interface FinishedRun {
  readonly repository: string
  readonly id: number
  readonly run: Record<string, unknown>
  readonly log: string
}

/** A stand-in in which workflows are written in a line. */
export interface RunRig extends Rig {
  /** Runs a workflow file of a new repository and waits for its end. */
  runWorkflow(text: string, inputs?: Record<string, string>): Promise<FinishedRun>
  /** Runs a workflow whose only job has these steps; `job` is the job's other keys. */
  runSteps(steps: string, options?: { job?: string; inputs?: Record<string, string> }): Promise<FinishedRun>
}

export async function startRunRig(options: Partial<GithubOptions> = {}): Promise<RunRig> {
  const rig = await startRig(options)
  let made = 0
  const runWorkflow: RunRig['runWorkflow'] = async (text, inputs = {}) => {
    const repository = `acme/project-${++made}`
    const files = { '.github/workflows/ci.yml': text, 'tool.sh': '#!/bin/sh\necho tool runs\n', 'sub/x': 'y' }
    await rig.github.createRepository({ fullName: repository, files, secrets: { KEY: 'hush-hush' } })
    const path = `/repos/${repository}/actions/workflows/ci.yml/dispatches`
    const body = { ref: 'main', inputs, return_run_details: true }
    const started = await rig.call('POST', path, body, await rig.installationToken('acme'))
    expect(started).toMatchObject({ status: 200 })
    await rig.github.settled()
    const id = Number(started.body.workflow_run_id)
    const { body: run } = await rig.call('GET', `/repos/${repository}/actions/runs/${id}`)
    return { repository, id, run, log: rig.github.log(id) }
  }
  return {
    ...rig,
    runWorkflow,
    runSteps(steps, { job = '', inputs = {} } = {}) {
      const declared = Object.keys(inputs).map((name) => `      ${name}: {}\n`)
      const dispatch = declared.length > 0 ? `    inputs:\n${declared.join('')}` : ''
      const keys = job.replace(/^(?=.)/gm, '    ')
      const list = steps.trim().replace(/^/gm, '      ')
      const text = `name: CI
on:
  workflow_dispatch:
${dispatch}jobs:
  test:
    runs-on: x
${keys}
    steps:
${list}
`
      return runWorkflow(text, inputs)
    },
  }
}
