import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { getInput, notice } from '@actions/core'
import { parse } from 'yaml'
import { showValue } from '../versions/problem.ts'
import { formatReleaseId, parseReleaseId, type ReleaseId } from '../versions/release.ts'
import {
  accessInput,
  failFor,
  failForAnswer,
  inputLines,
  isDryRun,
  meantInput,
  switchInput,
} from './action-input.ts'
import { stepClient } from './dry-client.ts'
import { checkOwnFile } from './own-file.ts'
import { personBehindRun } from './person-behind-run.ts'
import { sayPlace, showRollout } from './rollout-output.ts'
import { originOfRun, reasonOfRun } from './run-origin.ts'
import { startInRefs } from './serverless/start-rollout.ts'
import { isServerless } from './serverless/world-of-run.ts'
import { stepToken } from './step-token.ts'
import { inWorld } from './tick-step.ts'

/** `start`: begins the rollout of releases whose files are there, or reserves the names of those to come. */
export async function startStep(): Promise<void> {
  if (isServerless()) return inWorld((world) => startInRefs(world, releasesInput()))
  const access = accessInput()
  const releases = releasesInput()
  await checkOwnFile()
  const policy = await policyInput()
  const token = access.token ?? (await stepToken(access.server))
  const client = stepClient({ ...access, token })
  const person = getInput('as') || personBehindRun()
  const answer = await client.start({
    releases,
    reason: getInput('reason') || reasonOfRun('started'),
    ...(policy === undefined ? {} : { policy }),
    ...(switchInput('restart', false) ? { restart: true } : {}),
    ...(person === null ? {} : { as: person }),
    ...meantInput(),
    ...originOfRun(),
  })
  if (!answer.ok) {
    if (isDryRun() && answer.failure.status === 404) return notice('dry run: there is no such rollout yet')
    throw failForAnswer(answer.failure)
  }
  await showRollout(access.server, answer.value)
  if (!isDryRun()) notice(`${releases.join(', ')}: ${sayPlace(answer.value)}`)
}

function releasesInput(): readonly ReleaseId[] {
  const lines = [...inputLines('releases'), ...inputLines('rollout')]
  const expected = 'releases such as pypi:demo-lib@1.3.0, one a line'
  if (lines.length === 0) throw failFor({ field: 'releases', value: 'nothing', expected })
  return lines.map((line) => {
    const release = parseReleaseId(line)
    if (!release.ok) throw failFor({ ...release.problem, field: 'releases' })
    return formatReleaseId(release.value)
  })
}

async function policyInput(): Promise<unknown> {
  const file = getInput('policy')
  if (file === '') return undefined
  try {
    return parse(await readFile(resolve(process.cwd(), file), 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw failFor({ field: 'policy', value: showValue(file), expected: `a YAML or JSON file (${reason})` })
  }
}
