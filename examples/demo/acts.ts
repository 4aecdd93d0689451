import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Course, followRollout } from './follow-rollout.ts'
import { repositories } from './github-world.ts'
import { npmLatest, rolloutOf } from './index-client.ts'
import { pause } from './processes.ts'
import { buildWheel, layOut, publishToNpm, uploadAsTwine } from './publish-release.ts'
import { npmResolves, pipResolves } from './resolve-keys.ts'
import { type RollbackTime, watchRollback } from './rollback-watch.ts'
import { say } from './say.ts'
import type { Stage } from './stage.ts'

export interface Climb {
  readonly courses: readonly Course[]
  readonly pullRequest: number
}

export interface Fall extends Climb {
  readonly rollback: RollbackTime | null
  /** What real clients got afterwards: unpinned, and with an exact pin. */
  readonly clients: readonly { readonly asked: string; readonly got: string; readonly expected: string }[]
}

/** Merges the change, publishes with real clients, and tags; the wheel starts with the release webhook. */
async function release(stage: Stage, version: string): Promise<number> {
  const { slipway, world, token, options } = stage
  const place = await layOut(stage.folder, version, { good: options.good, quick: options.quick })
  const changed = [
    'npm/index.js',
    'npm/package.json',
    'python/pyproject.toml',
    'python/tidy_slug/__init__.py',
  ]
  const files = Object.fromEntries(
    await Promise.all(
      changed.map(async (path) => [path, await readFile(join(place, path), 'utf8')] as const),
    ),
  )
  const merged = await world.github.pullRequest(repositories.maintainer, {
    title: version === '1.1.0' ? 'Slugs can be cut at a length' : 'Other separators, fewer passes',
    files,
    branch: `change-${version}`,
  })
  const wheel = stage.python ? await buildWheel(join(place, 'python')) : null
  await publishToNpm(slipway, token, join(place, 'npm'))
  if (wheel) await uploadAsTwine(slipway, token, wheel)
  say(`${version} is published; unpinned users get ${await npmLatest(slipway.url, '', 'tidy-slug')}`)
  await world.github.publishRelease(repositories.maintainer, { tag: `v${version}` })
  return merged.number
}

function follow(stage: Stage, version: string): Promise<Course[]> {
  const { slipway, options, python } = stage
  const keys = options.quick ? 40 : 200
  const npm = followRollout(
    slipway.url,
    `npm:tidy-slug@${version}`,
    { keys, clients: options.quick ? 2 : 10 },
    240_000,
  )
  const pypi = followRollout(
    slipway.url,
    `pypi:tidy-slug@${version}`,
    { keys, clients: options.quick ? 1 : 10 },
    240_000,
  )
  pypi.catch(() => {})
  return Promise.all(python ? [npm, pypi] : [npm])
}

export async function climb(stage: Stage, version: string): Promise<Climb> {
  const pullRequest = await release(stage, version)
  return { courses: await follow(stage, version), pullRequest }
}

/** Publishes the release that may be taken back, with somebody watching the index all the while. */
export async function fall(stage: Stage, version: string): Promise<Fall> {
  const pullRequest = await release(stage, version)
  const stop = { stopped: false }
  while (!(await rolloutOf(stage.slipway.url, `npm:tidy-slug@${version}`))) await pause(50)
  const watch = watchRollback(stage.slipway.url, 'tidy-slug', version, stop)
  const courses = await follow(stage, version)
  await pause(200)
  stop.stopped = true
  const rollback = await watch
  if (rollback)
    say(
      `early users got ${rollback.before}, then ${rollback.after}: first answer without it ${rollback.milliseconds} ms after the deciding result`,
    )
  return { courses, pullRequest, rollback, clients: await afterwards(stage, version) }
}

/** Fresh installs with the real clients, once everything is over. */
async function afterwards(stage: Stage, version: string): Promise<Fall['clients']> {
  const { url } = stage.slipway
  const survives = stage.options.good || stage.options.blindTest
  const unpinned = survives ? version : '1.1.0'
  const ask = async (asked: string, expected: string, answer: Promise<string>) => {
    const got = await answer.catch((error: unknown) => String(error).slice(0, 300))
    say(`${asked} installs ${got}`)
    return { asked, got, expected }
  }
  const npm = [
    await ask('npm tidy-slug', unpinned, npmResolves(url, '', 'tidy-slug', '*')),
    await ask(`npm tidy-slug@${version}`, version, npmResolves(url, '', 'tidy-slug', version)),
  ]
  if (!stage.python) return npm
  return [
    ...npm,
    await ask('pip tidy-slug', unpinned, pipResolves(url, '', 'tidy-slug')),
    await ask(`pip tidy-slug==${version}`, version, pipResolves(url, '', `tidy-slug==${version}`)),
  ]
}
