import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getInput, info, setOutput, warning } from '@actions/core'
import type { Arm } from '../../gates/evidence.ts'
import { durationInput, failFor, neededInput, StepFailure } from '../action-input.ts'
import { projectFolder } from '../project-folder.ts'
import { writeSummary } from '../rollout-output.ts'
import { copyOf, makeWorkspace } from './arm-workspace.ts'
import { type CanaryRequest, parseCanaryRequest } from './canary-request.ts'
import { canarySummary } from './canary-summary.ts'
import { commitOf } from './checkout-commit.ts'
import type { Installer } from './installer.ts'
import { judgeArms } from './judge-arms.ts'
import { npmInstaller, unsupportedClient } from './npm-installer.ts'
import { pipInstaller } from './pip-installer.ts'
import { type ArmTask, runArms } from './run-arms.ts'
import { sendReport } from './send-report.ts'

/**
 * `canary`: installs and tests both arms of one try and reports them. The step is green when the report was
 * delivered, whatever it says: the report counts, not the colour of the job.
 */
export async function canaryStep(): Promise<void> {
  const text = neededInput('slipway', 'the JSON that Slipway gave the workflow as its input slipway')
  const request = parseCanaryRequest(text)
  if (!request.ok) throw failFor(request.problem)
  const { checkout, project } = await projectFolder()
  const task = taskOf(request.value, project)
  needOidc()
  setOutput('rollout', request.value.rollout)

  const scratch = await realpath(await mkdtemp(join(process.env.RUNNER_TEMP || tmpdir(), 'slipway-')))
  try {
    const workspaces = await Promise.all(
      request.value.arms.map((arm) =>
        makeWorkspace(arm, request.value.index[arm], scratch, checkout, project, process.env),
      ),
    )
    const runs = await runArms(workspaces, task)
    const arms = judgeArms(runs, await commitOf(project), scrubber(scratch, request.value.nonce))
    await writeSummary(canarySummary(request.value, arms))
    const sent = await sendReport(request.value, arms)
    if (!sent.ok) throw new StepFailure(`the report was not delivered: ${sent.failure.message}`)
    info(`reported try ${request.value.try} of ${request.value.rollout}`)
    if (arms.candidate?.outcome === 'fail') warning('The candidate arm failed; Slipway has been told.')
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Paths of a copy become paths of the project, as people know them; the nonce stays between us and the index. */
function scrubber(scratch: string, nonce: string): (text: string, arm: Arm) => string {
  return (text, arm) => {
    const copy = `${copyOf(scratch, arm)}/`
    return text.replaceAll(`file://${copy}`, '').replaceAll(copy, '').replaceAll(nonce, '...')
  }
}

function taskOf(request: CanaryRequest, project: string): ArmTask {
  const install = getInput('install') || null
  const run = neededInput('run', 'the command that tests this project, such as npm test')
  const timeoutMs = durationInput('timeout', '30m')
  const clients = [npmInstaller, pipInstaller].filter(({ ecosystem }) =>
    request.ecosystems.includes(ecosystem),
  )
  const installers = install === null ? detected(clients, project) : clients
  return { releases: request.releases, installers, install, run, timeoutMs }
}

function detected(clients: readonly Installer[], project: string): readonly Installer[] {
  const found = clients.filter((client) => client.detects(project))
  const other = found.includes(npmInstaller) ? unsupportedClient(project) : null
  if (other !== null)
    throw new StepFailure(`install: ${other} is not supported yet without a command; give one as install`)
  if (found.length === 0) {
    const files = clients.includes(npmInstaller) ? 'package.json' : 'requirements.txt or pyproject.toml'
    throw new StepFailure(`install: no ${files} in ${project}; give the install command or working-directory`)
  }
  return found
}

/** Asked for before anything runs: without it nothing could be reported. */
function needOidc(): void {
  if ((process.env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '') === '')
    throw new StepFailure(
      'the job may not ask for an OIDC token, which signs the report; add to the job: permissions: { contents: read, id-token: write }',
    )
}
