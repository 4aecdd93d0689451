import type { z } from 'zod'
import { parseDuration } from '../../config/reading/duration.ts'
import { parsePercent } from '../../config/reading/percent.ts'
import { parseMeant } from '../../gates/contents/finding-levels.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { sayProblem } from '../../versions/problem.ts'
import { packageIdOf } from '../../versions/release.ts'
import type { HttpProblem } from '../http/problem.ts'
import type { actionBody } from './api-schemas.ts'

type ActionBody = z.output<typeof actionBody>

/** The actions that a person or a token may ask of a rollout. */
export const actionNames = [
  'stop',
  'lower',
  'approve',
  'advance',
  'pause',
  'resume',
  'rollback',
  'waive',
  'hold',
  'retry',
  'urgent',
  'catch-up',
  'dismiss',
  'restart',
  'abandon',
  'block',
  'unblock',
] as const

export type ActionName = (typeof actionNames)[number]

export type WantedCommand =
  | { readonly ok: true; readonly command: CommandBody }
  | { readonly ok: false; readonly problem: HttpProblem }

/** Whether the last part of an address is an action. */
export function isActionName(text: string): text is ActionName {
  return actionNames.some((name) => name === text)
}

/** An action that is a command of the rollout itself; a restart makes another one. */
export type CommandName = Exclude<ActionName, 'restart'>

/** The command behind an action. Which baselines can be installed and what is sealed, the engine knows. */
export function commandOf(action: CommandName, body: ActionBody): WantedCommand {
  switch (action) {
    case 'approve':
    case 'pause':
    case 'resume':
    case 'abandon':
    case 'block':
    case 'unblock':
    case 'urgent':
      return { ok: true, command: { type: action } }
    case 'dismiss': {
      const finding = parseMeant(body.code ?? '')
      if (finding.code === '') return missing('code', 'the code of a finding, such as name-removed')
      return { ok: true, command: { type: 'dismiss', ...finding } }
    }
    case 'stop':
      return { ok: true, command: { type: 'lower', to: 0 } }
    case 'lower':
      return lower(body.to)
    case 'catch-up':
      return { ok: true, command: { type: 'catchUp' } }
    case 'advance':
      return advance(body.to)
    case 'rollback':
      return { ok: true, command: { type: 'rollBack', installable: true, newerCompleted: null } }
    case 'waive':
    case 'retry': {
      if (body.canary === undefined) return missing('canary', 'the id of a canary on the roster')
      const { canary } = body
      if (action === 'waive') return { ok: true, command: { type: 'waive', canary } }
      if (body.bisect) return { ok: true, command: { type: 'bisectCanary', canary, between: [] } }
      return { ok: true, command: { type: 'retryCanary', canary } }
    }
    case 'hold': {
      const duration = parseDuration(body.duration ?? '')
      if (!duration.ok) return invalid(duration.problem)
      return { ok: true, command: { type: 'hold', durationMs: duration.value } }
    }
  }
}

/** The packages that a token must reach to command a rollout. */
export function packagesOf(state: RolloutState): string[] {
  return [...new Set(state.members.map((member) => packageIdOf(member.candidate)))]
}

function advance(to: number | undefined): WantedCommand {
  if (to === undefined) return { ok: true, command: { type: 'advance', to: null, files: [] } }
  const basisPoints = parsePercent(to, 'to')
  if (!basisPoints.ok) return invalid(basisPoints.problem)
  return { ok: true, command: { type: 'advance', to: basisPoints.value, files: [] } }
}

function lower(to: number | undefined): WantedCommand {
  if (to === undefined) return missing('to', 'the percent of a lower stage')
  const basisPoints = parsePercent(to, 'to')
  if (!basisPoints.ok) return invalid(basisPoints.problem)
  return { ok: true, command: { type: 'lower', to: basisPoints.value } }
}

function missing(field: string, expected: string): WantedCommand {
  return invalid({ field, value: 'nothing', expected })
}

function invalid(problem: { field: string; value: string; expected: string }): WantedCommand {
  return { ok: false, problem: { status: 422, detail: sayProblem(problem), ...problem } }
}
