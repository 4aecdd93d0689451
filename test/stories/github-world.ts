import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Bot, createBot } from '../../src/bot/bot.ts'
import { createRedeliverySweep } from '../../src/bot/redelivery-sweep.ts'
import type { EngineSettings } from '../../src/engine/core/engine-parts.ts'
import { createGithubDeliveries } from '../../src/github/calls/deliveries.ts'
import { createGithubForge } from '../../src/github/calls/forge.ts'
import { createGithubEffector } from '../../src/github/effects/effector.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import {
  createWorld,
  fileRecord,
  hostFile,
  publisher,
  sha256Of,
  stateOf,
  type World,
} from '../engine/world.ts'
import type { GithubOptions } from '../github-stand-in/github.ts'
import type { IssueView } from '../github-stand-in/issue-view.ts'
import { appKey, type Rig, startRig } from '../github-stand-in/rig.ts'

/** An engine and its bot on a stand-in GitHub, whose webhooks come through the bot's own door. */
export interface GithubWorld {
  readonly rig: Rig
  readonly world: World
  /** Ids of repositories by their first names. */
  readonly ids: ReadonlyMap<string, string>
  repository(fullName: string, files: Readonly<Record<string, string>>): Promise<void>
  /** A wheel of pypi:demo arrives; with `tag` its release is published in acme/lib, too. */
  release(version: string, tag?: boolean): Promise<void>
  /** Lets everything happen that happens by itself. */
  settled(): Promise<void>
  /** Passes time, ticks, and lets everything happen. */
  pass(ms: number): Promise<void>
  /** Asks GitHub for the deliveries that failed. */
  sweep(): Promise<number>
  state(version?: string): RolloutState
  /** The tracking issues in acme/lib, oldest first. */
  issues(): Promise<readonly IssueView[]>
  /** A canary's run says pass or fail; the baseline passes. */
  report(canary: string, candidate: 'pass' | 'fail', detail?: string): Promise<void>
  close(): Promise<void>
}

/** What lies between the two: each takes the address behind it and gives the one to ask instead. */
export interface Between {
  github(url: string): Promise<string>
  webhooks(url: string): Promise<string>
}

export interface GithubWorldOptions extends Partial<GithubOptions> {
  readonly settings?: Partial<EngineSettings>
  readonly between?: Between
}

/** Opens it with acme/lib, which owns pypi:demo and holds the policy, and 1.0.0 published. */
export async function createGithubWorld(
  policy: string,
  repositories: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  options: GithubWorldOptions = {},
): Promise<GithubWorld> {
  const { settings: engineSettings = {}, between, ...github } = options
  const rig = await startRig(github)
  const ids = new Map<string, string>()
  const repository = async (fullName: string, files: Readonly<Record<string, string>>) => {
    const { id } = await rig.github.createRepository({ fullName, files })
    ids.set(fullName, String(id))
  }
  await repository('acme/lib', { '.github/slipway.yml': policy })
  for (const [name, files] of Object.entries(repositories)) await repository(name, files)
  await rig.github.setPermission('acme/lib', 'maintainer', 'maintain')
  const world = await createWorld({ settings: engineSettings })
  const owner = { package: 'pypi:demo', repositoryId: ids.get('acme/lib') ?? '', repository: 'acme/lib' }
  await world.stores.access.setOwner(owner)
  const apiUrl = (await between?.github(rig.github.url)) ?? rig.github.url
  const settings = { appId: 77, privateKey: appKey, apiUrl, clock: world.clock, throttle: false }
  const forge = createGithubForge(settings)
  const publicUrl = 'https://slipway.test'
  const { advisories } = world.stores
  const effector = createGithubEffector({ forge, publicUrl, advisories })
  world.engine = await world.reopen({ forge, effector })
  const { bot, close } = await openBot(rig, world, { ...settings, forge, publicUrl }, between)
  const sweep = sweepOf(world, settings)

  const settled = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await bot.idle()
      await world.engine.reconcile()
      await world.settle()
      await rig.github.settled()
    }
  }
  const state = (version = '1.1.0') => stateOf(world, `pypi:demo@${version}`)
  const release = async (version: string, tag = true) => {
    await wheel(world, version)
    await settled()
    if (tag) await rig.github.publishRelease('acme/lib', { tag: `v${version}` })
    await settled()
  }
  await release('1.0.0')
  return {
    rig,
    world,
    ids,
    repository,
    release,
    settled,
    state,
    async pass(ms) {
      world.clock.pass(ms)
      bot.wake()
      await world.engine.tick()
      await settled()
    },
    sweep,
    issues: async () =>
      (await rig.github.issues('acme/lib')).filter(({ labels, title }) =>
        labels.includes('slipway') ? true : title.startsWith('Release '),
      ),
    report: (canary, candidate, detail = '') =>
      report(world, state(), ids.get(canary) ?? '', candidate, detail),
    close,
  }
}

function sweepOf({ stores, clock }: World, settings: Parameters<typeof createGithubDeliveries>[0]) {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const deliveries = createGithubDeliveries(settings)
  return createRedeliverySweep({ deliveries, arrived: stores.inbox.has, clock, log })
}

async function openBot(
  rig: Rig,
  world: World,
  parts: Pick<
    Parameters<typeof createBot>[0],
    'appId' | 'privateKey' | 'apiUrl' | 'clock' | 'forge' | 'publicUrl'
  >,
  between: Between | undefined,
): Promise<{ bot: Bot; close(): Promise<void> }> {
  const note = (message: string, fields: object = {}) =>
    void world.log.push({ level: 'bot', message: `${message} ${JSON.stringify(fields)}` })
  const log = { info: note, warn: note, error: note }
  const { stores, engine } = world
  const bot = await createBot({ ...stores, engine, ...parts, log, webhookSecret: rig.secret })
  const server = createServer((request, response) => void bot.middleware(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const door = `http://127.0.0.1:${port}/api/github/webhooks`
  rig.github.setWebhook({ url: (await between?.webhooks(door)) ?? door, secret: rig.secret })
  bot.start()
  const close = async () => {
    await bot.close()
    server.close()
    await rig.close()
  }
  return { bot, close }
}

async function wheel(world: World, version: string): Promise<void> {
  const release = `pypi:demo@${version}`
  const name = `demo-${version}-py3-none-any.whl`
  const file = { name, sha256: sha256Of(name) }
  await world.engine.admitUpload({ release, file, who: publisher })
  await hostFile(world.stores, release, fileRecord(name, world.clock.now()))
  await world.engine.uploaded(release, { release, ...file }, publisher)
}

async function report(
  world: World,
  state: RolloutState,
  canary: string,
  candidate: 'pass' | 'fail',
  detail: string,
) {
  const number = Math.max(...Object.keys(state.canaries[canary]?.tries ?? {}).map(Number))
  const dispatch = state.canaries[canary]?.tries[number]?.dispatches.both
  const [member] = state.members
  const arm = (outcome: 'pass' | 'fail', installed: string | null | undefined) => ({
    outcome,
    installed: [installed ?? ''],
    commit: 'c0ffee',
    detail,
  })
  const arms = { candidate: arm(candidate, member?.candidate), baseline: arm('pass', member?.baseline) }
  const identity = { repositoryId: canary, runId: dispatch?.runId ?? 0, runAttempt: 1, url: null }
  const nonce = world.engine.nonceOf(state.id, canary, number)
  const legs = [{ leg: 'default', arms }]
  const outcome = await world.engine.report({ rollout: state.id, try: number, nonce, identity, legs })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}
