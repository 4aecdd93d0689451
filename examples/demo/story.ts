import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { climb, fall } from './acts.ts'
import { drawPicture } from './draw-picture.ts'
import type { Course } from './follow-rollout.ts'
import { repositories, startWorld } from './github-world.ts'
import { freePort } from './processes.ts'
import { hasPip, layOut } from './publish-release.ts'
import { reportOf, tellEnd } from './report.ts'
import { say, show, step } from './say.ts'
import { lockShop, publishFirst, settleOwnership } from './setting.ts'
import type { Stage, StoryOptions } from './stage.ts'
import { startSlipway } from './start-slipway.ts'

/** The whole demo; the exit code says whether both releases ended as they should. */
export async function runStory(options: StoryOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-demo-'))
  const violations: string[] = []
  const startedAt = Date.now()
  step('1. A server with an index, an API and a bot, and a GitHub to talk to')
  const python = options.python && (await hasPip())
  if (!python) say('python3 with pip is not here: npm only')
  const port = await freePort()
  const base = await layOut(folder, '1.0.0', { good: false, quick: options.quick })
  const world = await startWorld({
    receiver: `http://127.0.0.1:${port}/api/github/webhooks`,
    base,
    python,
    blindTest: options.blindTest,
    onViolation: (text) => violations.push(text),
  })
  const slipway = await startSlipway({
    port,
    folder: join(folder, 'data'),
    adminToken: `demo-${Math.random().toString(36).slice(2)}`,
    github: { url: world.github.url, oidcIssuer: world.github.oidcIssuer },
    app: world.app,
    log: join(folder, 'server.log'),
  })
  say(
    `${slipway.url} is up after ${slipway.readyMs} ms, ${slipway.memoryMb() ?? '?'} MB; GitHub stand-in at ${world.github.url}`,
  )
  try {
    const stage: Stage = { folder, slipway, world, python, options, token: '' }
    const token = await settleOwnership(stage)
    const ready = { ...stage, token }

    step('2. The maintainer publishes 1.0.0: the first release, visible to all at once')
    await publishFirst(ready, base)
    await lockShop(ready)

    step('3. 1.1.0 is staged by itself, tried by its dependents, and climbs')
    const climbed = await climb(ready, '1.1.0')

    step(`4. 1.2.0 has ${options.good ? 'its buggy line repaired' : 'a bug'}`)
    const fallen = await fall(ready, '1.2.0')

    step('5. What people read')
    await tellEnd(ready, climbed, fallen)
    const courses = [...climbed.courses, ...fallen.courses]
    await keepPicture(options.picture, courses)
    const report = reportOf(ready, { courses, fallen, violations, startedAt })
    if (options.report) await writeFile(options.report, JSON.stringify(report, null, 2))
    for (const text of violations) say(`GitHub schema: ${text}`)
    for (const text of report.complaints) say(`not as it should be: ${text}`)
    say(`done in ${((Date.now() - startedAt) / 1000).toFixed(0)} s`)
    if (options.keep) await keepRunning(slipway.url, slipway.adminToken, slipway.ended)
    return report.complaints.length === 0 ? 0 : 1
  } catch (error) {
    show(
      'The end of the server log',
      (await readFile(join(folder, 'server.log'), 'utf8').catch(() => '')).slice(-4000),
    )
    for (const run of world.github.runs().slice(-4))
      show(`Run ${run.id}`, world.github.log(run.id).slice(-2000))
    for (const text of violations) say(`GitHub schema: ${text}`)
    throw error
  } finally {
    await slipway.stop()
    await world.github.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function keepPicture(path: string, courses: readonly Course[]): Promise<void> {
  const place = resolve(path)
  await mkdir(dirname(place), { recursive: true })
  await writeFile(place, drawPicture(courses))
  say(`picture of both releases: ${path}`)
}

async function keepRunning(url: string, token: string, ended: Promise<void>): Promise<void> {
  say(`${url} keeps running; operator token ${token}; Ctrl-C ends it`)
  say(
    `pages: ${url}/  npm: ${url}/npm/  pip: ${url}/pypi/simple/; the GitHub stand-in has ${repositories.maintainer} and its issues`,
  )
  await Promise.race([ended, new Promise<void>((resolve) => process.once('SIGINT', () => resolve()))])
}
