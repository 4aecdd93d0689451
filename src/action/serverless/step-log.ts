import { info, warning } from '@actions/core'
import type { Log } from '../../engine/core/log.ts'
import type { JobPermission } from '../missing-permission.ts'

type Fields = Readonly<Record<string, unknown>>

/** The log of a step, and what it told of permissions that the step cannot do without. */
export interface StepLog {
  readonly log: Log
  readonly denied: ReadonlySet<JobPermission>
}

/** Failed effects by their key: which permission they need. The first is needed, the others can be done without. */
const effectPermissions: readonly (readonly [RegExp, string])[] = [
  [/\/(tracking-issue|transition-comment|reminder)\//, 'issues'],
  [/\/pull-request-comment\//, 'pull-requests'],
  [/\/check-run\//, 'checks'],
  [/\/deployment\//, 'deployments'],
]

/** Says everything to the log of the job. What was refused for want of a permission names the line that gives it. */
export function stepLog(): StepLog {
  const denied = new Set<JobPermission>()
  const warn = (message: string, fields: Fields = {}): void => {
    const permission = /\b403\b|not accessible by/i.test(String(fields.why ?? ''))
      ? effectPermissions.find(([key]) => key.test(String(fields.key ?? '')))?.[1]
      : undefined
    if (permission === 'issues') denied.add(permission)
    const line = permission === undefined ? '' : `; add to permissions of the job: ${permission}: write`
    warning(`${sayLog(message, fields)}${line}`)
  }
  return { denied, log: { info: (message, fields) => info(sayLog(message, fields)), warn, error: warn } }
}

function sayLog(message: string, fields: Fields = {}): string {
  const said = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`)
  return said.length === 0 ? message : `${message} (${said.join(', ')})`
}
