import { parseDocument } from 'yaml'
import { isMapping } from '../reading/fault.ts'
import { longestText } from '../reading/read-yaml.ts'

/**
 * True when a workflow has a step that runs Slipway's Action with `command: canary`. Both arms then run in
 * one job; without it every arm needs a run of its own. The Action counts under any owner
 * (`acme/slipway@v1`) and from a folder (`./slipway`, `./`). Text that is no workflow answers false.
 */
export function usesSlipwayCanary(workflowText: string): boolean {
  if (workflowText.length > longestText) return false
  const document = parseDocument(workflowText, {
    prettyErrors: false,
    logLevel: 'silent',
    // Looking for what is there twice takes time by the square, and a stranger wrote the file.
    uniqueKeys: false,
  })
  if (document.errors.length > 0) return false
  const workflow = readPlain(() => document.toJS({ maxAliasCount: 100 }))
  const jobs = isMapping(workflow) && isMapping(workflow.jobs) ? Object.values(workflow.jobs) : []
  return jobs.some((job) => isMapping(job) && Array.isArray(job.steps) && job.steps.some(isCanaryStep))
}

function isCanaryStep(step: unknown): boolean {
  if (!isMapping(step) || typeof step.uses !== 'string' || !isMapping(step.with)) return false
  return isSlipway(step.uses.trim()) && step.with.command === 'canary'
}

/** Slipway's Action: `owner/slipway@ref`, `owner/slipway/path@ref`, `./`, `./anything/slipway`. */
export function isSlipway(uses: string): boolean {
  if (uses.startsWith('./')) return /^\.\/$|\/slipway\/?$/i.test(uses)
  return /^[^/@\s]+\/slipway(\/[^@\s]*)?@\S+$/i.test(uses)
}

function readPlain(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    // Unknown or exploding aliases: the forge would not run such a workflow either.
    if (error instanceof ReferenceError) return null
    throw error
  }
}
