import { createHash } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'
import { type Bot, createBot } from '../../src/bot/bot.ts'
import { createEngine } from '../../src/engine/core/create-engine.ts'
import type { Engine } from '../../src/engine/core/engine.ts'
import { defaultEngineSettings } from '../../src/engine/core/engine-parts.ts'
import { createGithubForge } from '../../src/github/calls/forge.ts'
import { createGithubEffector } from '../../src/github/effects/effector.ts'
import type { CanaryTask } from '../../src/rollout/starting/canary-request.ts'
import { createApp } from '../../src/server/app.ts'
import { defaultHttpSettings } from '../../src/server/http/http-settings.ts'
import { openSqlite } from '../../src/stores/sql/open-sqlite.ts'
import type { Stores } from '../../src/stores/stores.ts'
import { fileRecord, hostFile, publisher, sha256Of } from '../engine/world.ts'
import type { Run } from '../github-stand-in/actions.ts'
import { appKey, type Rig, startRig } from '../github-stand-in/rig.ts'
import { scratchFolder } from '../server/scratch-folder.ts'

/** What a canary's run finds: an outcome for each arm. `silent`: the run never ends. */
export type Answer = 'pass' | 'fail' | 'both fail' | 'baseline fails' | 'not installed' | 'silent'

/** A whole server with its bot, over SQLite, beside a GitHub; the time is whatever the story says. */
export interface StoryWorld {
  readonly rig: Rig
  readonly engine: Engine
  /** Where people reach the server from this machine. */
  readonly url: string
  /** Warnings and errors of every process so far. */
  readonly log: readonly string[]
  /** Deliveries in the inbox, set aside ones left out. */
  pending(): Promise<number>
  repository(fullName: string, files: Readonly<Record<string, string>>): Promise<void>
  /** These packages belong to a repository, to `acme/lib` unless said. */
  own(
    packages: readonly string[],
    by?: { readonly repositoryId: string; readonly repository: string },
  ): Promise<void>
  /** A file of each release arrives as an upload does, then the tag is published. */
  release(releases: readonly string[]): Promise<void>
  /** From now on, the runs of these canaries answer so, one answer a run; the last one stays. */
  answers(answers: Readonly<Record<string, Answer | readonly Answer[]>>): void
  pass(ms: number): Promise<void>
  /** Everything that can happen by itself has happened. */
  settle(): Promise<void>
  /** The process ends, another one takes its place. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const publicUrl = 'https://slipway.test'
const start = Date.parse('2026-03-02T09:00:00Z')

interface Process {
  readonly stores: Stores
  readonly engine: Engine
  readonly bot: Bot
  readonly listener: RequestListener
}

export interface StoryWorldOptions {
  /** The process is replaced wherever the story takes a breath. */
  readonly restarting?: boolean
  readonly accounts?: { readonly users: readonly string[]; readonly orgs: readonly string[] }
}

export async function createStoryWorld({
  restarting = false,
  accounts,
}: StoryWorldOptions = {}): Promise<StoryWorld> {
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  const rig = await startRig({ heldRuns: true, ...(accounts && { accounts }) })
  const folder = await scratchFolder()
  const log: string[] = []
  let drawn = 0
  /** The same words in every telling of a story. */
  const random = (count: number) => {
    const blocks = Array.from({ length: Math.ceil(count / 32) }, () =>
      createHash('sha256').update(String(++drawn)).digest(),
    )
    return Buffer.concat(blocks).subarray(0, count)
  }

  async function open(): Promise<Process> {
    const clock = { now: () => Date.now() }
    const note = (message: string, fields?: object) =>
      void log.push(`${message} ${JSON.stringify(fields ?? {})}`)
    const logger = { info: () => {}, warn: note, error: note }
    const stores = await openSqlite(folder, clock)
    const github = { appId: 77, privateKey: appKey, apiUrl: rig.github.url, clock }
    const forge = createGithubForge({ ...github, throttle: false })
    const effector = createGithubEffector({ forge, publicUrl })
    const engine = await createEngine({
      ...stores,
      clock,
      forge,
      effector,
      secret: 'a secret of this server',
      random,
      settings: defaultEngineSettings,
      log: logger,
    })
    const parts = { ...stores, engine, publicUrl, log: logger }
    // Without `packages` nobody is told of planned releases: that is a story of its own.
    const { packages: _, ...ofBot } = parts
    const bot = await createBot({ ...github, ...ofBot, forge, webhookSecret: rig.secret })
    const settings = {
      ...defaultHttpSettings,
      publicUrl,
      oidcAudience: publicUrl,
      oidcIssuer: rig.github.oidcIssuer,
    }
    const passOn: RequestListener = (request, response) => void bot.middleware(request, response)
    const listener = createApp({ ...parts, clock, settings, overlay: null, bot: passOn })
    bot.start()
    return { stores, engine, bot, listener }
  }

  async function shut({ bot, engine, stores }: Process): Promise<void> {
    await bot.close()
    await engine.close()
    await stores.close()
  }

  let now = await open()
  const server = createServer((request, response) => now.listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  rig.github.setWebhook({ url: `${url}/api/github/webhooks`, secret: rig.secret })

  const behaviour = new Map<string, { readonly answers: readonly Answer[]; next: number }>()
  const answered = new Set<Run>()

  /** Answers each run that was started since, in the order of their start. */
  async function answerRuns(): Promise<void> {
    for (const run of rig.github.runs()) {
      if (answered.has(run)) continue
      answered.add(run)
      const known = behaviour.get(run.repository.full_name) ?? { answers: ['pass'], next: 0 }
      const answer = known.answers[Math.min(known.next, known.answers.length - 1)] ?? 'pass'
      known.next += 1
      if (answer !== 'silent') await report(rig, url, run, answer, now.engine)
    }
  }

  /** What has moved so far: when nothing of it grows any more, everything has happened. */
  const moves = () => {
    const asked = [...rig.github.operations().values()].reduce((sum, count) => sum + count, 0)
    const versions = now.engine.all().reduce((sum, state) => sum + state.version, 0)
    return `${asked}/${rig.github.deliveries().length}/${versions}/${rig.github.runs().length}`
  }

  const world: StoryWorld = {
    rig,
    url,
    log,
    get engine() {
      return now.engine
    },
    pending: async () => (await now.stores.inbox.pending(1000)).length,
    async repository(fullName, files) {
      await rig.github.createRepository({ fullName, files })
    },
    async own(packages, by) {
      const { body } = await rig.call<{ id: number }>('GET', '/repos/acme/lib')
      const owner = by ?? { repositoryId: String(body.id), repository: 'acme/lib' }
      for (const id of packages) await now.stores.access.setOwner({ ...owner, package: id })
    },
    async release(releases) {
      for (const release of releases) {
        const [, name = '', version = ''] = /^pypi:(.*)@(.*)$/.exec(release) ?? []
        const file = `${name}-${version}-py3-none-any.whl`
        const sealed = { name: file, sha256: sha256Of(file) }
        const admitted = await now.engine.admitUpload({ release, file: sealed, who: publisher })
        if (!admitted.ok) throw new Error(admitted.refusal.message)
        await hostFile(now.stores, release, fileRecord(file, Date.now()))
        await now.engine.uploaded(release, { release, ...sealed }, publisher)
      }
      await world.settle()
      const version = releases[0]?.split('@').at(-1)
      await rig.github.commitFiles('acme/lib', { VERSION: `${version}\n` }, { message: `Release ${version}` })
      await rig.github.publishRelease('acme/lib', { tag: `v${version}` })
    },
    answers(answers) {
      for (const [name, one] of Object.entries(answers)) {
        behaviour.set(name, { answers: typeof one === 'string' ? [one] : one, next: 0 })
      }
    },
    async pass(ms) {
      vi.setSystemTime(Date.now() + ms)
      await now.engine.tick()
    },
    async settle() {
      for (let before = ''; before !== moves(); ) {
        before = moves()
        await rig.github.settled()
        await now.bot.idle()
        await now.engine.reconcile()
        await rig.github.settled()
        if (rig.github.runs().every((run) => answered.has(run))) continue
        // Runs are under way, and nobody has answered yet.
        if (restarting) await world.restart()
        await answerRuns()
      }
    },
    async restart() {
      await rig.github.settled()
      await shut(now)
      now = await open()
    },
    async close() {
      await rig.github.settled()
      await shut(now)
      server.closeAllConnections()
      server.close()
      await rig.close()
      vi.useRealTimers()
    },
  }
  return world
}

/** What a run's Action does: it reports both arms under the run's own identity, then the run ends. */
async function report(
  rig: Rig,
  url: string,
  run: Run,
  answer: Exclude<Answer, 'silent'>,
  engine: Engine,
): Promise<void> {
  const task = JSON.parse(run.inputs.slipway ?? '') as CanaryTask
  const members = engine.find(task.rollout)?.members ?? []
  const arm = (name: 'candidate' | 'baseline', fails: boolean) => ({
    outcome: fails ? 'fail' : 'pass',
    installed:
      answer === 'not installed'
        ? []
        : name === 'candidate'
          ? task.releases
          : members.map(({ baseline }) => baseline),
    commit: run.sha,
    detail: fails ? `FAILED tests/test_total.py::test_total on the ${name}\nassert 3 == 2` : '',
  })
  const candidate = arm('candidate', answer === 'fail' || answer === 'both fail')
  const baseline = arm('baseline', answer === 'both fail' || answer === 'baseline fails')
  const token = await rig.github.identityToken(run.repository.full_name, {
    audience: publicUrl,
    workflow: run.workflow.path,
    claims: { run_id: String(run.id), run_attempt: String(run.attempt), event_name: run.event, sha: run.sha },
  })
  const response = await fetch(`${task.report}`.replace(publicUrl, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      try: task.try,
      nonce: task.nonce,
      legs: [{ leg: 'default', arms: { candidate, baseline } }],
    }),
  })
  if (response.status !== 201) throw new Error(`report: ${response.status} ${await response.text()}`)
  await rig.github.endRun(
    run,
    candidate.outcome === 'pass' && baseline.outcome === 'pass' ? 'success' : 'failure',
  )
}
