import type { Command } from 'commander'
import { apiClient } from '../../registries/slipway-index/api-client.ts'
import { listRollouts } from '../../registries/slipway-index/list-client.ts'
import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { parseReleaseId } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { findProject } from '../init/find-project.ts'
import { columns, paintFor, plain } from '../paint.ts'
import { accessOf, keyOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'

/** One release that is hidden from who asks, and what can be done about it. */
interface Outdated {
  readonly release: string
  readonly rollout: string
  readonly percent: number
  /** Null where no key was given. */
  readonly shown: boolean | null
  readonly until: string
  readonly take: string
}

/** `outdated`: which releases of what this project depends on are hidden from it, until when, and how to take them. */
export function addOutdated(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('outdated')
      .description(
        'in a project: releases of its dependencies that are still rolling out, and how to take them',
      )
      .option('--key <key>', 'your cohort key (or SLIPWAY_KEY): says whether you get them already'),
  ).action(async (options: ServerOptions & { key?: string }) => {
    const access = accessOf(options, context)
    const { dependencies } = findProject(context.cwd)
    if (dependencies.length === 0)
      throw new CommandStop(
        EXIT.usage,
        `this is no project with dependencies: expected a package.json, pyproject.toml or requirements.txt in ${context.cwd}`,
      )
    const key = keyOf(options, context)
    const live = await listRollouts(access, { phase: 'live', limit: 200 })
    if (!live.ok) throw stopFor(live.failure)
    const wanted = new Set(dependencies)
    const found: Outdated[] = []
    for (const rollout of live.value.items) {
      const concerned = rollout.releases.filter(({ id }) => wanted.has(packageOf(id)))
      if (concerned.length === 0) continue
      const shown = key === null ? null : await isShown(access, rollout, key)
      found.push(...concerned.map(({ id }) => outdatedOf(id, rollout, shown)))
    }
    if (options.json) printJson(context, found)
    else context.out(`${printOutdated(found, context)}\n`)
    finish(EXIT.done)
  })
}

function packageOf(release: string): string {
  return release.slice(0, release.lastIndexOf('@'))
}

async function isShown(
  access: Parameters<typeof apiClient>[0],
  { id }: RolloutDocument,
  key: string,
): Promise<boolean> {
  const why = await apiClient(access).why(id, key)
  if (!why.ok) throw stopFor(why.failure)
  return why.value.inside
}

function outdatedOf(
  release: string,
  { id, percent, explanation }: RolloutDocument,
  shown: boolean | null,
): Outdated {
  const { next } = explanation
  const until =
    next.at === null
      ? next.sentence
      : `${next.sentence} (${new Date(next.at).toISOString().slice(0, 16).replace('T', ' ')} UTC)`
  return { release, rollout: id, percent, shown, until, take: pinOf(release) }
}

/** Exact pins always resolve. */
function pinOf(release: string): string {
  const parsed = parseReleaseId(release)
  if (!parsed.ok) return ''
  const { ecosystem, name, version } = parsed.value
  return ecosystem === 'npm' ? `npm install ${name}@${version}` : `pip install ${name}==${version}`
}

function printOutdated(found: readonly Outdated[], context: CliContext): string {
  if (found.length === 0) return 'Nothing that this project depends on is rolling out.'
  const paint = paintFor(context.colour)
  const rows = found.map(({ release, percent, shown, until, take }) => [
    plain(release),
    `${percent} %`,
    shown === null ? '' : shown ? 'you get it' : 'hidden from you',
    plain(until),
    plain(take),
  ])
  return columns(rows, (cell, _row, column) => (column === 4 ? paint('cyan', cell) : cell))
}
