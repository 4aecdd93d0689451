import { context } from '@actions/github'

/** Who started the run by hand. A run that an event or a clock started has nobody behind it. */
export function personBehindRun(): string | null {
  const actor = process.env.GITHUB_TRIGGERING_ACTOR || context.actor || ''
  return context.eventName === 'workflow_dispatch' && /^[A-Za-z0-9-]{1,39}$/.test(actor) ? actor : null
}
