import { exportVariable, getIDToken, getInput, info, notice, saveState, setSecret } from '@actions/core'
import { context } from '@actions/github'
import { clientVariables } from '../../registries/project/client-variables.ts'
import { installRootOf } from '../../registries/project/install-root.ts'
import { nodeClientOf } from '../../registries/project/node-client.ts'
import { runClient } from '../../registries/slipway-index/run-client.ts'
import { failForAnswer, StepFailure, serverInput } from '../action-input.ts'
import { mayIdentify, sayMissingPermission } from '../missing-permission.ts'
import { projectFolder } from '../project-folder.ts'
import { setupPages } from './setup-pages.ts'
import { SETUP_STATE, type SetupState } from './setup-state.ts'

/**
 * `setup`: exchanges the identity of this run for the opaque key of its repository and leads the package clients
 * of the following steps to the index under it. Nothing is written to the checkout.
 */
export async function setupStep(): Promise<void> {
  if (getInput('server') === '' && getInput('pages') !== '') return setupPages()
  const server = serverInput()
  const { checkout, project } = await projectFolder()
  const key = await keyOfRun(server)
  const variables = clientVariables(
    server,
    key,
    await nodeClientOf(project, await installRootOf(project, checkout)),
  )
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name] ?? '']))
  const state: SetupState = { server, key, project, before }
  saveState(SETUP_STATE, JSON.stringify(state))
  for (const [name, value] of Object.entries(variables)) exportVariable(name, value)
  info(`npm, pnpm, Yarn, Bun, pip and uv of the following steps install from ${server}.`)
  info(
    'Poetry is led only where it has poetry-plugin-pypi-mirror; it reads no setting for its default source.',
  )
}

/**
 * The repository's key. Runs for pull requests get none, because their code is not the repository's yet: they
 * install what is fully released and count for nothing, and the job goes on.
 */
async function keyOfRun(server: string): Promise<string | null> {
  const isPullRequest = context.eventName?.startsWith('pull_request') === true
  if (!mayIdentify() && !isPullRequest) throw new StepFailure(sayMissingPermission('id-token'))
  const key = mayIdentify() ? await runClient(server, () => getIDToken(server)).key() : null
  if (key?.ok) {
    setSecret(key.value)
    return key.value
  }
  if (key !== null && !(isPullRequest && key.failure.kind === 'refused')) throw failForAnswer(key.failure)
  notice('A run for a pull request has no key: it installs what is fully released and is not counted.')
  return null
}
