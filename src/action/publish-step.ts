import { endGroup, getInput, info, startGroup } from '@actions/core'
import { context } from '@actions/github'
import type { StartBody } from '../registries/slipway-index/api-client.ts'
import {
  type PublishProgress,
  publishFiles,
  readRelease,
  sayUploaded,
} from '../registries/slipway-index/publish-files.ts'
import { sayProblem } from '../versions/problem.ts'
import { inputLines, StepFailure, serverInput } from './action-input.ts'
import { publishToken } from './publish-token.ts'
import { inertText, rolloutSummary, setRolloutOutputs, writeSummary } from './rollout-output.ts'

/** `publish`: reads and checks every file, uploads them, starts the rollout. */
export async function publishStep(): Promise<void> {
  const server = serverInput()
  const patterns = inputLines('files')
  if (patterns.length === 0)
    throw new StepFailure(
      'files: got nothing, expected files or patterns, one a line, such as dist/*.whl or *.tgz',
    )
  const read = await readRelease(patterns, process.cwd(), inputLines('packages'))
  if (!read.ok) throw new StepFailure(read.problems.map(sayProblem).join('\n'))
  const token = await publishToken(server)
  startGroup('Publish')
  const outcome = await publishFiles(
    { server, token },
    read.files,
    { reason: getInput('reason') || defaultReason(), ...originOfRun() },
    process.env,
    sayProgress,
  )
  endGroup()
  if (!outcome.ok) {
    const rest = sayUploaded(outcome.uploaded, outcome.missing)
    await writeSummary(`### Publish stopped\n\n${inertText(outcome.failure.message)}\n\n${inertText(rest)}\n`)
    throw new StepFailure(`${outcome.failure.message}\n${rest}`)
  }
  setRolloutOutputs(server, outcome.rollout)
  const names = outcome.releases.join(', ')
  if (outcome.rollout === null) {
    info(`${names} is a pre-release: visible to those who ask for it, no rollout.`)
    await writeSummary(`### ${names}\n\nA pre-release: visible to those who ask for it, no rollout.\n`)
    return
  }
  info(`${names}: ${outcome.rollout.phase}, ${outcome.rollout.percent} %`)
  await writeSummary(rolloutSummary(server, outcome.rollout))
}

/** Which workflow run published, for the history; empty outside of GitHub. */
function defaultReason(): string {
  const { repository } = context.payload
  return repository?.full_name === undefined
    ? ''
    : `published by ${repository.full_name}, run ${context.runId} of ${context.workflow}`
}

/** The repository and commit of this run; the server takes it when that repository owns the packages. */
function originOfRun(): Pick<StartBody, 'origin'> {
  const repositoryId = process.env.GITHUB_REPOSITORY_ID ?? String(context.payload.repository?.id ?? '')
  const repository = process.env.GITHUB_REPOSITORY ?? ''
  if (repositoryId === '' || repository === '') return {}
  const tag = context.ref?.startsWith('refs/tags/') ? context.ref.slice('refs/tags/'.length) : null
  return { origin: { repositoryId, repository, commit: context.sha ?? null, tag } }
}

function sayProgress(progress: PublishProgress): void {
  if ('releases' in progress) info(`${progress.step} ${progress.releases.join(', ')}`)
  else if (progress.step === 'uploaded') info(`uploaded ${progress.index}/${progress.of} ${progress.file}`)
}
