/** A server that holds one package for every state of a rollout and every way to ask for it. */
import { type LiveServer, startLiveServer } from './live-server.ts'
import { type Ecosystem, publish, publishFirst } from './publish.ts'
import {
  baseline,
  candidate,
  dependentOf,
  newerLine,
  packageOf,
  type State,
  specNames,
  states,
} from './specs.ts'

export interface World {
  readonly server: LiveServer
  /** A key that sees the candidates at 50 percent, and one that does not. */
  readonly inside: string
  readonly outside: string
  /** Asks an action of the rollout of a state. */
  command(state: State, action: string, body?: object): Promise<Record<string, unknown>>
  /** The id of the rollout of a state. */
  rollout(state: State): string
}

/** Why `blocked` and `doomed` are blocked: what clients should print. */
export const blockReason = 'it sends tokens to strangers'

/** Stages that nothing but `advance` passes. */
export const ladder = {
  stages: [
    { percent: 0, bake: '30d' },
    { percent: 50, bake: '30d' },
    { percent: 100, bake: '30d' },
  ],
  gates: {},
}

/** Starts a server and brings every state about through its API. `moving` and `doomed` still stand at 0. */
export async function stagedWorld(ecosystem: Ecosystem): Promise<World> {
  const server = await startLiveServer()
  const rollouts = new Map<State, string>()
  const rollout = (state: State) => rollouts.get(state) ?? ''
  const command: World['command'] = (state, action, body = {}) =>
    server.ask('POST', `/api/v1/rollouts/${rollout(state)}/${action}`, {
      as: 'mona',
      reason: 'for the matrix',
      ...body,
    })
  for (const state of states) await publishAll(server, ecosystem, state, baseline, publishFirst)
  await completeNewerLine(server, ecosystem)
  for (const state of states) rollouts.set(state, await stage(server, ecosystem, state, candidate))
  for (const state of states) {
    await publishFirst(server, ecosystem, {
      name: dependentOf(state),
      version: '1.0.0',
      needs: { [packageOf(state, 'transitive')]: candidate },
    })
  }
  for (const state of ['half', 'back', 'backport'] as const) await command(state, 'advance', { to: 50 })
  await command('done', 'advance', { to: 100 })
  await command('done', 'advance')
  await command('back', 'rollback')
  await command('blocked', 'block', { reason: blockReason })
  const keys = await findKeys(server, [rollout('half'), rollout('backport')])
  return { server, ...keys, command, rollout }
}

async function publishAll(
  server: LiveServer,
  ecosystem: Ecosystem,
  state: State,
  version: string,
  send: typeof publish = publish,
): Promise<void> {
  await Promise.all(
    specNames(ecosystem).map((spec) => send(server, ecosystem, { name: packageOf(state, spec), version })),
  )
}

/** Publishes a version of all packages of a state as one rollout and begins it; gives its id. */
async function stage(
  server: LiveServer,
  ecosystem: Ecosystem,
  state: State,
  version: string,
): Promise<string> {
  const releases = specNames(ecosystem).map((spec) => `${ecosystem}:${packageOf(state, spec)}@${version}`)
  await server.ask('POST', '/api/v1/rollouts', { releases, policy: ladder })
  await publishAll(server, ecosystem, state, version)
  const begun = await server.ask('POST', '/api/v1/rollouts', { releases })
  return String(begun.id)
}

async function completeNewerLine(server: LiveServer, ecosystem: Ecosystem): Promise<void> {
  const id = await stage(server, ecosystem, 'backport', newerLine)
  for (const body of [{ to: 100 }, {}])
    await server.ask('POST', `/api/v1/rollouts/${id}/advance`, { as: 'mona', reason: 'done', ...body })
}

/** Keys whose bucket lies on the same side for every one of the rollouts. */
async function findKeys(server: LiveServer, rollouts: readonly string[]) {
  const isInside = async (key: string): Promise<boolean | null> => {
    const answers = await Promise.all(
      rollouts.map((id) => server.ask('GET', `/api/v1/why?rollout=${id}&key=${key}`)),
    )
    const inside = answers.map((answer) => answer.inside === true)
    return inside.every((one) => one === inside[0]) ? (inside[0] ?? null) : null
  }
  const found = new Map<boolean, string>()
  for (let number = 0; found.size < 2 && number < 200; number += 1) {
    const key = `team-key-${number}`
    const inside = await isInside(key)
    if (inside !== null && !found.has(inside)) found.set(inside, key)
  }
  const [inside, outside] = [found.get(true), found.get(false)]
  if (inside === undefined || outside === undefined) throw new Error('200 keys all fell on one side')
  return { inside, outside }
}
