import { createHash } from 'node:crypto'
import { type AnnotationProperties, info, warning } from '@actions/core'
import type { Log } from '../../engine/core/log.ts'
import type { EffectLog } from '../../ports/effect-log.ts'
import type { JobPermission } from '../missing-permission.ts'

type Fields = Readonly<Record<string, unknown>>

/** The log of a step, and what it told of permissions that the step cannot do without. */
export interface StepLog {
  readonly log: Log
  readonly denied: ReadonlySet<JobPermission>
  /** Puts off a warning; `tell` says it. */
  warn(text: string, place?: AnnotationProperties): void
  /**
   * Says what was warned of since, each once. What an earlier run said within a week is a line of the log only: a tick
   * every hour would say it every hour. Without `effects` nothing is known of earlier runs.
   */
  tell(effects: Pick<EffectLog, 'get' | 'put'> | null, now: number): Promise<void>
}

/** How long a warning that was said is not said again. */
const quietMs = 7 * 24 * 60 * 60_000

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
  const pending = new Map<string, AnnotationProperties>()
  const note = (message: string, fields: Fields = {}): void => {
    const permission = /\b403\b|not accessible by/i.test(String(fields.why ?? ''))
      ? effectPermissions.find(([key]) => key.test(String(fields.key ?? '')))?.[1]
      : undefined
    if (permission === 'issues') denied.add(permission)
    const line = permission === undefined ? '' : `; add to permissions of the job: ${permission}: write`
    pending.set(`${sayLog(message, fields)}${line}`, {})
  }
  return {
    denied,
    log: { info: (message, fields) => info(sayLog(message, fields)), warn: note, error: note },
    warn: (text, place = {}) => void pending.set(text, place),
    async tell(effects, now) {
      const all = [...pending]
      pending.clear()
      for (const [text, place] of all) {
        // Where nothing can be remembered it is said.
        const said = effects === null ? false : await wasSaid(effects, text, now).catch(() => false)
        if (said) info(`still: ${text}`)
        else warning(text, place)
      }
    },
  }
}

/** Whether it was said lately; from now on it was. Attempts are counted anew in every run, so they make nothing new. */
async function wasSaid(effects: Pick<EffectLog, 'get' | 'put'>, text: string, now: number): Promise<boolean> {
  const stable = text.replace(/\battempts: \d+/g, '')
  const key = `warned/${createHash('sha256').update(stable).digest('hex').slice(0, 32)}`
  const known = await effects.get(key)
  if (known !== null && now - known.at < quietMs) return true
  await effects.put({ key, digest: 'said', place: {}, at: now })
  return false
}

function sayLog(message: string, fields: Fields = {}): string {
  const said = Object.entries(fields).map(([name, value]) => `${name}: ${String(value)}`)
  return said.length === 0 ? message : `${message} (${said.join(', ')})`
}
