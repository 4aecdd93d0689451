import { endGroup, getInput, info, notice, startGroup } from '@actions/core'
import type { EvidenceGatherer } from '../engine/roles/evidence-gatherer.ts'
import type { ReleaseStarter } from '../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import type { TimeKeeper } from '../engine/roles/time-keeper.ts'
import type { ServerAccess } from '../registries/slipway-index/api-client.ts'
import type { PackageFile } from '../registries/slipway-index/package-file.ts'
import {
  type PublishOutcome,
  type PublishProgress,
  publishFiles,
  readRelease,
  sayUploaded,
} from '../registries/slipway-index/publish-files.ts'
import { sayProblem } from '../versions/problem.ts'
import {
  accessInput,
  failForAnswer,
  inputLines,
  isDryRun,
  meantInput,
  StepFailure,
  switchInput,
} from './action-input.ts'
import { checkOwnFile } from './own-file.ts'
import { personBehindRun } from './person-behind-run.ts'
import { policyProblems, tagProblems } from './publish-problems.ts'
import { inertText, rolloutSummary, sayPlace, setRolloutOutputs, writeSummary } from './rollout-output.ts'
import { originOfRun, reasonOfRun, tagOfRun } from './run-origin.ts'
import { checkStart } from './serverless/check-start.ts'
import type { World } from './serverless/open-world.ts'
import { finalsOf, publishNext } from './serverless/publish-next.ts'
import { startInRefs } from './serverless/start-rollout.ts'
import { isServerless } from './serverless/world-of-run.ts'
import { stepToken } from './step-token.ts'
import { inWorld } from './tick-step.ts'

/** `publish`: reads and checks every file, uploads them, starts the rollout. */
export async function publishStep(): Promise<void> {
  if (isServerless()) return inWorld(publishInRefs)
  const access = accessInput()
  const files = await filesInput()
  const own = access.token === null
  const token = own ? await stepToken(access.server) : access.token
  startGroup('Publish')
  const outcome = await publishFiles({ ...access, token }, files, {
    start: {
      reason: getInput('reason') || reasonOfRun('published'),
      ...asPerson(),
      ...meantInput(),
      ...originOfRun(),
    },
    env: process.env,
    onProgress: sayProgress,
    provenance: switchInput('provenance', false),
    dryRun: isDryRun(),
    ...(own ? { renewToken: () => stepToken(access.server) } : {}),
  })
  endGroup()
  await showOutcome(access, outcome)
}

/** Without a server: to npm under the tag `next`, and a rollout of it in this repository's refs. */
export async function publishInRefs(
  world: World<RolloutReader & ReleaseStarter & RolloutCommander & EvidenceGatherer & TimeKeeper>,
): Promise<void> {
  const files = await filesInput()
  const finals = finalsOf(files)
  if (finals.length > 0 && !isDryRun()) await checkStart(world, finals)
  await publishNext(world, files)
  if (finals.length > 0) await startInRefs(world, finals)
}

/** Every file, checked against itself, the tag and the repository's own file before the first byte is sent. */
async function filesInput(): Promise<readonly PackageFile[]> {
  const patterns = inputLines('files')
  if (patterns.length === 0)
    throw new StepFailure(
      'files: got nothing, expected files or patterns, one a line, such as dist/*.whl or *.tgz',
    )
  const own = await checkOwnFile()
  const read = await readRelease(patterns, process.cwd(), inputLines('packages'))
  const problems = read.ok
    ? [
        ...policyProblems(own, read.files),
        ...(switchInput('check-tag', true) ? tagProblems(own, tagOfRun(), read.files) : []),
      ]
    : read.problems
  if (!read.ok || problems.length > 0) throw new StepFailure(problems.map(sayProblem).join('\n'))
  return read.files
}

async function showOutcome(access: ServerAccess, outcome: PublishOutcome): Promise<void> {
  if (!outcome.ok) {
    const rest = sayUploaded(outcome.uploaded, outcome.missing)
    await writeSummary(`### Publish stopped\n\n${inertText(outcome.failure.message)}\n\n${inertText(rest)}\n`)
    throw failForAnswer(outcome.failure, rest)
  }
  setRolloutOutputs(access.server, outcome.rollout)
  const names = outcome.releases.join(', ')
  if (outcome.rollout !== null) {
    notice(`${names}: ${sayPlace(outcome.rollout)}`)
    return writeSummary(rolloutSummary(access.server, outcome.rollout))
  }
  const sentence = isDryRun()
    ? 'Dry run: nothing was sent.'
    : 'A pre-release of no stream: visible to those who ask for it, no rollout.'
  info(`${names}: ${sentence}`)
  await writeSummary(`### ${names}\n\n${sentence}\n`)
}

function asPerson(): { readonly as?: string } {
  const person = getInput('as') || personBehindRun()
  return person === null ? {} : { as: person }
}

const STEP_WORDS: Readonly<Record<string, string>> = {
  uploaded: 'uploaded',
  present: 'already there',
  'would-upload': 'dry run: would upload',
}

function sayProgress(progress: PublishProgress): void {
  if ('releases' in progress) {
    info(
      `${isDryRun() ? `dry run: would be ${progress.step}` : progress.step} ${progress.releases.join(', ')}`,
    )
    return
  }
  const word = STEP_WORDS[progress.step]
  if (word !== undefined) info(`${word} ${progress.index}/${progress.of} ${progress.file}`)
}
