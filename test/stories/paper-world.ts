import { createGithubEffector } from '../../src/github/effects/effector.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { createWorld, ownerId, stateOf, type World } from '../engine/world.ts'
import { createPaperForge, type PaperForge } from '../github/paper-forge.ts'

/** A real engine whose effects go through the real effector onto paper. */
export interface PaperWorld {
  readonly world: World
  readonly paper: PaperForge
  state(): RolloutState
  /** Everything written so far: titles, bodies and comments. */
  written(): readonly string[]
  /** Passes time, ticks and reconciles. */
  pass(ms: number): Promise<void>
}

/** 1.0.0 of npm:demo is out; `dependents` are repositories by id with their files. */
export async function createPaperWorld(
  dependents: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {},
): Promise<PaperWorld> {
  const world = await createWorld()
  const paper = createPaperForge()
  Object.assign(world.forge.forge, paper.writing, {
    putCheckRun: async () => ({ ok: true, value: { id: 1 } }),
    putDeployment: async () => ({ ok: true, value: { id: 1 } }),
    openPullRequests: async () => ({ ok: true, value: [] }),
  })
  for (const [id, [name, files]] of Object.entries(dependents)) world.forge.add(id, name, files)
  world.forge.repositories.get(ownerId)?.tags.set('v1.1.0', 'b'.repeat(40))
  const effector = createGithubEffector({ forge: world.forge.forge, publicUrl: 'https://slipway.test' })
  world.engine = await world.reopen({ effector })
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
  return {
    world,
    paper,
    state: () => stateOf(world, 'npm:demo@1.1.0'),
    written: () =>
      [...paper.issues.values()].flatMap(({ title, body, comments }) => [
        title,
        body,
        ...[...comments.values()].map((comment) => comment.body),
      ]),
    async pass(ms) {
      world.clock.pass(ms)
      await world.engine.tick()
      await world.engine.reconcile()
      await world.settle()
    },
  }
}

/**
 * What a reader on GitHub is shown as text: code, our own hidden markers and our own links are taken away, so that
 * whatever acts is left.
 */
export function acting(text: string): string {
  return text
    .replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, ' ')
    .replace(/<!-- slipway:(?:begin ro-[a-z2-7]{16}|end|comment [^>]*|notice [^>]*|answer [^>]*) -->/g, ' ')
    .replace(/<\/?(?:details|summary)>/g, ' ')
    .replace(/\[[A-Za-z0-9' -]+\]\(https:\/\/(?:slipway|forge|github)\.test\/[^)\s]*\)/g, ' ')
    .replace(/`[^`\n]*`/g, ' ')
    .replace(/\\[\\`*_[\]~|$]/g, ' ')
}

/** A live mention, reference, address, tag, or character that turns the reading direction. */
export const live =
  /(?<![\w/])@(?!&#8203;)\w|#\d(?!\d*;)|\bGH-\d|:\/\/|\bwww\.|<(?!\/?(?:details|summary)>)|[\u202a-\u202e]|\p{Cc}(?<!\n)/u
