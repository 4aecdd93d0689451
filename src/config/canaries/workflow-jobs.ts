import type { SettingPath } from '../reading/fault.ts'
import { isMapping } from '../reading/fault.ts'
import { isSlipway } from './workflow-uses.ts'

type Mapping = Readonly<Record<string, unknown>>

/** One job of a canary's workflow. */
export interface CanaryJob {
  readonly name: string
  readonly path: SettingPath
  readonly fields: Mapping
  readonly steps: readonly unknown[]
  /** Whether code of a candidate runs in it: all but jobs that only ask what there is to test or send reports. */
  readonly runsCandidate: boolean
}

/** What a step of Slipway's command `canary` does. */
export type CanaryPart = 'ask' | 'test' | 'report'

/** Null for every other step. */
export function canaryPart(step: unknown): CanaryPart | null {
  if (!isMapping(step) || typeof step.uses !== 'string' || !isSlipway(step.uses.trim())) return null
  const given = isMapping(step.with) ? step.with : {}
  if (given.command !== 'canary') return null
  if (given.reports !== undefined) return 'report'
  return given.run === undefined && given.server !== undefined ? 'ask' : 'test'
}

/** The jobs of a workflow; what is no job is left out. */
export function canaryJobs({ jobs }: Mapping): readonly CanaryJob[] {
  return Object.entries(isMapping(jobs) ? jobs : {}).flatMap(([name, fields]) => {
    if (!isMapping(fields)) return []
    const steps = Array.isArray(fields.steps) ? fields.steps : []
    return [{ name, path: ['jobs', name], fields, steps, runsCandidate: runsCandidate(fields, steps) }]
  })
}

function runsCandidate(fields: Mapping, steps: readonly unknown[]): boolean {
  if (fields.uses !== undefined || steps.length === 0) return true
  const brings = (step: unknown) =>
    isMapping(step) &&
    typeof step.uses === 'string' &&
    step.uses.trim().startsWith('actions/download-artifact@')
  // An action out of the job's own folder may have come with what another job left there.
  const ours = (step: unknown) =>
    isMapping(step) && typeof step.uses === 'string' && !step.uses.startsWith('./')
  return !steps.every(
    (step) => brings(step) || (ours(step) && ['ask', 'report'].includes(canaryPart(step) ?? '')),
  )
}
