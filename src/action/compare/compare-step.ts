import { getInput, info, notice, setOutput, warning } from '@actions/core'
import { context } from '@actions/github'
import { showValue } from '../../versions/problem.ts'
import { EXIT, failFor, StepFailure } from '../action-input.ts'
import { writeSummary } from '../rollout-output.ts'
import { baselinesOfRun } from './baselines-of-run.ts'
import { builtForCompare } from './built-files.ts'
import { compareBuilt } from './compare-built.ts'
import { loudestOf, saidOf } from './said-comparisons.ts'
import { tellPullRequest } from './tell-pull-request.ts'

const levels = ['stop', 'ask', 'say'] as const

/**
 * `compare`: what would be published against the newest release, by the files alone. On a pull request it is one comment,
 * kept true with each push; everywhere the job's summary. Fails the job only where `fail-on` says so.
 */
export async function compareStep(): Promise<void> {
  const failOn = failOnInput()
  const files = await builtForCompare()
  const compared = await compareBuilt(files, baselinesOfRun())
  const said = saidOf(compared)
  const loudest = loudestOf(compared)
  setOutput('loudest', loudest)
  for (const one of compared) {
    if (!one.ok) warning(`${one.to} was not compared: ${one.why}`)
    else for (const { code, sentence } of one.comparison.findings) info(`${one.to}: ${code}: ${sentence}`)
  }
  await writeSummary(`${said.text}\n`)
  const number: unknown = context.payload.pull_request?.number
  if (context.eventName === 'pull_request' && typeof number === 'number') await tellPullRequest(number, said)
  if (failOn !== null && loudest !== 'nothing' && levels.indexOf(loudest) <= levels.indexOf(failOn))
    throw new StepFailure(
      `The files show what is found at level ${loudest}; fail-on is ${failOn}.`,
      EXIT.refused,
    )
  notice(`compared ${compared.length}; loudest finding: ${loudest}`)
}

function failOnInput(): (typeof levels)[number] | null {
  const text = getInput('fail-on')
  if (text === '') return null
  const level = levels.find((one) => one === text)
  if (level !== undefined) return level
  throw failFor({ field: 'fail-on', value: showValue(text), expected: 'stop, ask, say or nothing' })
}
