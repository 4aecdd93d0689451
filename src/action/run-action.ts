import { getInput, setFailed } from '@actions/core'
import { showValue } from '../versions/problem.ts'
import { StepFailure } from './action-input.ts'
import { canaryStep } from './canary/canary-step.ts'
import { publishStep } from './publish-step.ts'
import { statusStep } from './status-step.ts'

const STEPS: Readonly<Record<string, () => Promise<void>>> = {
  publish: publishStep,
  status: statusStep,
  canary: canaryStep,
}

/** Commands of DESIGN.md section 12 that a later version brings. */
const LATER = ['start', 'wait', 'approve', 'advance', 'pause', 'resume', 'rollback', 'setup', 'tick']

/** Runs the command that the inputs name; a failure becomes one message and a red step. Never throws. */
export async function runAction(): Promise<void> {
  const command = getInput('command')
  try {
    const step = Object.hasOwn(STEPS, command) ? STEPS[command] : undefined
    if (step === undefined) throw new StepFailure(sayUnknown(command))
    await step()
  } catch (error) {
    if (error instanceof StepFailure) setFailed(error.message)
    else setFailed(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
}

function sayUnknown(command: string): string {
  const accepted = Object.keys(STEPS).join(', ')
  return LATER.includes(command)
    ? `command: ${command} is not supported yet, expected one of ${accepted}`
    : `command: got ${command === '' ? 'nothing' : showValue(command)}, expected one of ${accepted}`
}
