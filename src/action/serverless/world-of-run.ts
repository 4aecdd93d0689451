import { getInput, setSecret } from '@actions/core'
import type { Engine } from '../../engine/core/engine.ts'
import type { Registry } from '../../ports/registry.ts'
import { createNpmRegistry } from '../../registries/npm/npm-registry.ts'
import { createPypiRegistry } from '../../registries/pypi/pypi-registry.ts'
import { StepFailure } from '../action-input.ts'
import { checkOwnFile } from '../own-file.ts'
import { registryUrls } from '../registry-urls.ts'
import { openWorld, type World } from './open-world.ts'
import { stepLog } from './step-log.ts'

/** True where the step names no server: then this repository's own refs are where rollouts live. */
export function isServerless(): boolean {
  return getInput('server') === ''
}

/** The world of this run: its repository, its token, its file, its registries. */
export async function worldOfRun(): Promise<World<Engine>> {
  const token = secretInput('github-token')
  if (token === null)
    throw new StepFailure(
      'github-token: got nothing, expected the token of the job, which is the default of this input',
    )
  const id = process.env.GITHUB_REPOSITORY_ID ?? ''
  const fullName = process.env.GITHUB_REPOSITORY ?? ''
  if (id === '' || fullName === '')
    throw new StepFailure('GITHUB_REPOSITORY: got nothing, expected a run of GitHub Actions')
  const { warn, tell, ...log } = stepLog()
  const file = await checkOwnFile(warn)
  if (file === null)
    throw new StepFailure(
      '.github/slipway.yml: got nothing, expected the file that names the packages of this repository; add actions/checkout before this step',
    )
  return openWorld({
    repository: { id, fullName },
    token,
    canaryToken: secretInput('canary-token'),
    apiUrl: process.env.GITHUB_API_URL || 'https://api.github.com',
    webUrl: process.env.GITHUB_SERVER_URL || 'https://github.com',
    file,
    registries: registriesInput(),
    // The clock of a runner may be off; GitHub's own time stands in no answer that decides anything.
    clock: { now: () => Date.now() },
    ...log,
    tellWarnings: tell,
    throttle: !/^http:\/\/127\.0\.0\.1[:/]/.test(process.env.GITHUB_API_URL ?? ''),
  })
}

function registriesInput(): readonly Registry[] {
  const { npm, pypi } = registryUrls()
  return [
    createNpmRegistry({ url: npm, token: secretInput('npm-token') }),
    createPypiRegistry({ url: pypi, token: null }),
  ]
}

function secretInput(name: string): string | null {
  const value = getInput(name)
  if (value === '') return null
  setSecret(value)
  return value
}
