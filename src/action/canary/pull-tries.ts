import { getIDToken, getInput, info, notice, setOutput } from '@actions/core'
import { slipwayFilePath } from '../../config/policy/slipway-file.ts'
import { checkIn } from '../../registries/slipway-index/check-in.ts'
import { showValue } from '../../versions/problem.ts'
import { type PackageId, packageIdOf, parsePackageId } from '../../versions/release.ts'
import { failFor, failForAnswer, inputLines, serverInput } from '../action-input.ts'
import { checkOwnFile } from '../own-file.ts'
import { writeSummary } from '../rollout-output.ts'
import { type CanaryPlan, runTry } from './arms/canary-try.ts'
import { type CanaryRequest, readCanaryRequest } from './canary-request.ts'

/** A failing arm is tried again with a request of its own; more rounds than any policy has tries. */
const MOST_ROUNDS = 8

/**
 * A pull canary: tells the server for which packages this repository tests candidates, and runs every try that it
 * is given. A failed try may bring another one, so the server is asked again until there is nothing new.
 */
export async function pullTries(plan: CanaryPlan): Promise<void> {
  if (getInput('server') === '')
    throw failFor({
      field: 'slipway',
      value: 'nothing',
      expected:
        'the JSON that Slipway gave the workflow as its input slipway; or, to find out what there is to test, server or repository (the one that releases the packages)',
    })
  const server = serverInput()
  const packages = await packagesInput()
  const done = new Set<string>()
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const answer = await checkIn(server, packages, () => getIDToken(server))
    if (!answer.ok) throw failForAnswer(answer.failure)
    const fresh = answer.value.requests.map(requestOf).filter((one) => !done.has(keyOf(one)))
    if (fresh.length === 0) return sayNothing(answer.value.message, done.size)
    let anyFailed = false
    for (const request of fresh) {
      done.add(keyOf(request))
      setOutput('rollout', request.rollout)
      anyFailed = (await runTry(request, plan)) === 'failed' || anyFailed
    }
    if (!anyFailed) return
  }
}

/**
 * Asks only: the tries that wait for this repository become the output `tries`, for a job without an identity to run and
 * one without the candidate to report.
 */
export async function askTries(): Promise<void> {
  const server = serverInput()
  const answer = await checkIn(server, await packagesInput(), () => getIDToken(server))
  if (!answer.ok) throw failForAnswer(answer.failure)
  const { requests, message } = answer.value
  for (const request of requests) requestOf(request)
  setOutput('tries', JSON.stringify(requests))
  if (requests.length === 0) return sayNothing(message, 0)
  info(message)
}

export async function sayNothing(message: string, count: number): Promise<void> {
  const sentence = message === '' ? 'There is nothing to test for this repository.' : message
  if (count > 0) return info(sentence)
  notice(sentence)
  await writeSummary(`### Nothing to test\n\n${sentence.replace(/[\\`*_{}[\]()#+!|~@<>]/g, '\\$&')}\n`)
}

/** From `for`, else from the canaries of the repository's own file. */
export async function packagesInput(): Promise<readonly PackageId[]> {
  const given = inputLines('for')
  const own = given.length > 0 ? [] : ((await checkOwnFile())?.canaries ?? [])
  const texts = given.length > 0 ? given : own.map((offer) => offer.for)
  if (texts.length === 0)
    throw failFor({
      field: 'for',
      value: 'nothing',
      expected: `packages such as pypi:demo-lib, one a line, or canaries in ${slipwayFilePath}`,
    })
  return texts.map((text) => {
    const id = parsePackageId(text)
    if (!id.ok) throw failFor({ field: 'for', value: showValue(text), expected: id.problem.expected })
    return packageIdOf(id.value)
  })
}

function requestOf(json: unknown): CanaryRequest {
  const request = readCanaryRequest(json)
  if (!request.ok) throw failFor(request.problem)
  return request.value
}

const keyOf = ({ rollout, nonce }: CanaryRequest): string => `${rollout} ${nonce}`
