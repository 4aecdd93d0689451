import { getInput, getState, saveState, setFailed } from '@actions/core'
import { showValue } from '../versions/problem.ts'
import { actStep } from './act-step.ts'
import { StepFailure } from './action-input.ts'
import { canaryStep } from './canary/canary-step.ts'
import { compareStep } from './compare/compare-step.ts'
import { publishStep } from './publish-step.ts'
import { setupPost } from './setup/setup-post.ts'
import { setupStep } from './setup/setup-step.ts'
import { startStep } from './start-step.ts'
import { statusStep } from './status-step.ts'
import { tickStep } from './tick-step.ts'
import { waitStep } from './wait-step.ts'

const STEPS: Readonly<Record<string, () => Promise<void>>> = {
  publish: publishStep,
  start: startStep,
  status: statusStep,
  wait: waitStep,
  stop: actStep('stop'),
  lower: actStep('lower'),
  approve: actStep('approve'),
  advance: actStep('advance'),
  pause: actStep('pause'),
  resume: actStep('resume'),
  rollback: actStep('rollback'),
  restart: actStep('restart'),
  'catch-up': actStep('catch-up'),
  compare: compareStep,
  canary: canaryStep,
  setup: setupStep,
  tick: tickStep,
}

/** What a command does at the end of the job. */
const POSTS: Readonly<Record<string, () => Promise<void>>> = { setup: setupPost }

/** State that only the `post` of a step sees: the command that its main part ran. */
const COMMAND_STATE = 'command'

/** Runs the command that the inputs name, or at the end of the job its post. Failures become one message. Never throws. */
export async function runAction(): Promise<void> {
  try {
    const ran = getState(COMMAND_STATE)
    if (ran !== '') return await POSTS[ran]?.()
    const command = getInput('command')
    const step = Object.hasOwn(STEPS, command) ? STEPS[command] : undefined
    if (step === undefined) throw new StepFailure(sayUnknown(command))
    saveState(COMMAND_STATE, command)
    await step()
  } catch (error) {
    if (error instanceof StepFailure) {
      setFailed(error.message)
      process.exitCode = error.exitCode
    } else setFailed(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
}

function sayUnknown(command: string): string {
  const accepted = Object.keys(STEPS).join(', ')
  return `command: got ${command === '' ? 'nothing' : showValue(command)}, expected one of ${accepted}`
}
