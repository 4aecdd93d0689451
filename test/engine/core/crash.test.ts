import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/core/engine.ts'
import type { EventStore } from '../../../src/ports/event-store.ts'
import type { RecordedEvent } from '../../../src/rollout/history/event.ts'
import { basisPointsOf } from '../../../src/rollout/history/phase.ts'
import { openSqlite } from '../../../src/stores/sql/open-sqlite.ts'
import { createFakeEffector } from '../fake-effector.ts'
import {
  canaryId,
  climb,
  createWorld,
  fileRecord,
  hostFile,
  maintainer,
  publisher,
  reportOf,
  sha256Of,
  stateOf,
  system,
  worldAtStageZero,
} from '../world.ts'

const pause = { type: 'pause' } as const

describe('a new process over the same stores', () => {
  it('has the same rollouts, and finds nothing left to do', async () => {
    const { world, state } = await worldAtStageZero()
    const effector = createFakeEffector()
    const again = await world.reopen({ effector: effector.effector })
    await again.reconcile()
    expect(again.all()).toEqual(world.engine.all())
    expect(again.find('npm:demo@1.1.0')).toEqual(state())
    expect(effector.applied).toEqual([])
  })

  it('goes on with effects that were never begun', async () => {
    const { world, state } = await worldAtStageZero()
    await world.engine.run(state().id, pause, maintainer)
    // The process ends here: nothing of what the pause wants was applied.
    const effector = createFakeEffector()
    const again = await world.reopen({ effector: effector.effector })
    await again.reconcile()
    expect(effector.applied.some((key) => key.includes('/transition-comment/'))).toBe(true)
    expect(effector.dispatches()).toEqual([])
  })

  it('tells the end of a rollout, when that was not told before', async () => {
    const { world, state } = await worldAtStageZero()
    world.effector.answer = () => new Promise(() => {})
    await world.engine.run(state().id, { type: 'abandon' }, system)
    const effector = createFakeEffector()
    await world.reopen({ effector: effector.effector })
    const kinds = ['tracking-issue', 'transition-comment', 'check-run', 'deployment']
    while (effector.applied.length < kinds.length) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(effector.applied.map((key) => key.split('/')[1])).toEqual(kinds)
  })

  it('a crash while a dispatch is under way never starts the run twice', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    let begun = (): void => {}
    const asked = new Promise<void>((resolve) => {
      begun = resolve
    })
    world.effector.answer = async (effect) => {
      if (effect.kind !== 'dispatch') return null
      begun()
      return new Promise(() => {})
    }
    const file = { name: 'demo.tgz', sha256: 'a'.repeat(64) }
    await world.engine.admitUpload({ release: 'npm:demo@1.1.0', file, who: publisher })
    await hostFile(world.stores, 'npm:demo@1.1.0', fileRecord('demo.tgz', world.clock.now()))
    await world.engine.uploaded('npm:demo@1.1.0', { release: 'npm:demo@1.1.0', ...file }, publisher)
    await asked
    const effector = createFakeEffector(500)
    world.engine = await world.reopen({ effector: effector.effector })
    await world.settle()
    expect(effector.dispatches()).toEqual([])
    const state = stateOf(world, 'npm:demo@1.1.0')
    expect(state.canaries[canaryId]?.tries[1]?.dispatches.both).toMatchObject({ runId: null, failure: null })
    // Its report still counts, bound by the nonce alone.
    const report = reportOf(world, state, { candidate: 'pass', baseline: 'pass' }, { runId: 4711 })
    expect(await world.engine.report(report)).toMatchObject({ ok: true, changed: true })
    const third = await world.reopen({ effector: effector.effector })
    await third.reconcile()
    expect(effector.dispatches()).toEqual([])
  })

  it('a store that fails right after the run was started costs no second run', async () => {
    const { world, state } = await worldAtStageZero()
    let failures = 0
    const failing: EventStore = {
      ...world.stores.events,
      append: async (batch) => {
        const started = batch.streams.some(({ events }) =>
          events.some((event) => event.type === 'signal-recorded' && event.signal.kind === 'dispatched'),
        )
        if (started && failures++ === 0) throw new Error('disk full')
        return world.stores.events.append(batch)
      },
    }
    const effector = createFakeEffector(500)
    world.engine = await world.reopen({ events: failing, effector: effector.effector })
    await world.engine.run(state().id, { type: 'retryCanary', canary: canaryId }, maintainer)
    await world.settle()
    await world.settle()
    expect(failures).toBeGreaterThan(1)
    expect(effector.dispatches()).toEqual([`${state().id}/dispatch/${canaryId}:both/2`])
    expect(stateOf(world, state().id).canaries[canaryId]?.tries[2]?.dispatches.both).toMatchObject({
      runId: 500,
    })
  })

  it('a crash after the run was recorded and before the log was written leaves it at that', async () => {
    const { world, state } = await worldAtStageZero()
    const key = `${state().id}/dispatch/${canaryId}:both/1`
    await world.stores.effects.put({ key, digest: 'pending', place: {}, at: 1 })
    const before = state()
    const effector = createFakeEffector(500)
    world.engine = await world.reopen({ effector: effector.effector })
    await world.settle()
    expect(effector.dispatches()).toEqual([])
    expect(stateOf(world, before.id)).toEqual(before)
  })

  it('an attempt without an answer stays open, whatever the forge says afterwards', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    const said = [
      { kind: 'broken', message: '502: bad gateway', retryAt: null },
      { kind: 'limited', message: '403: rate limit', retryAt: world.clock.now() + 120_000 },
    ] as const
    world.effector.answer = (effect) => {
      if (effect.kind !== 'dispatch') return null
      const failure = said[world.effector.dispatches().length - 1] ?? said[1]
      return { ok: false, failure, final: false, signals: [] }
    }
    await world.upload('npm:demo@1.1.0')
    world.clock.pass(60_000)
    await world.engine.tick()
    await world.settle()
    expect(world.effector.dispatches()).toHaveLength(2)
    const effector = createFakeEffector(500)
    world.clock.pass(120_000)
    const again = await world.reopen({ effector: effector.effector })
    await again.reconcile()
    expect(effector.dispatches()).toEqual([])
  })

  it('begins what was uploaded and not begun', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:demo@1.1.0', { announce: false })
    world.engine = await world.reopen()
    expect(stateOf(world, 'npm:demo@1.1.0').startedAt).toBeNull()
    await world.engine.tick()
    expect(stateOf(world, 'npm:demo@1.1.0').startedAt).toBe(world.clock.now())
  })

  it('shows a rollout with a changed history to nobody, says so loudly, and keeps the others', async () => {
    const { world, state } = await worldAtStageZero()
    await world.engine.run(state().id, { type: 'advance', to: null, files: [] }, maintainer)
    const { id } = state()
    expect(basisPointsOf(state())).toBe(5000)
    const forged = tampering(world.stores.events, (event) =>
      event.type === 'stage-entered' ? { ...event, index: 2 } : event,
    )
    world.engine = await world.reopen({ events: forged })
    await world.settle()
    expect(basisPointsOf(stateOf(world, id))).toBe(0)
    expect(stateOf(world, 'npm:demo@1.0.0').end?.kind).toBe('completed')
    expect(world.log.filter((line) => line.level === 'error').map((line) => line.message)).toEqual([
      expect.stringMatching(/the history of a rollout is not whole.*does not match its hash/),
    ])
    const refused = await world.engine.run(id, pause, maintainer)
    expect(refused).toMatchObject({ ok: false, refusal: { reason: 'blocked', field: 'rollout' } })
    const file = { name: 'late.tgz', sha256: 'a'.repeat(64) }
    const upload = await world.engine.admitUpload({ release: 'npm:demo@1.1.0', file, who: publisher })
    expect(upload.ok).toBe(false)
  })

  it('survives a history that means nothing at all', async () => {
    const { world, state } = await worldAtStageZero()
    const { id } = state()
    const forged = tampering(world.stores.events, (event) =>
      event.type === 'reserved' ? { ...event, type: 'paused' } : event,
    )
    world.engine = await world.reopen({ events: forged })
    expect(world.engine.find(id)).toBeNull()
    expect(world.log.some((line) => line.level === 'error' && line.message.includes(id))).toBe(true)
  })
})

/** The store with events changed on reading, as an edited database would give them. */
function tampering(store: EventStore, change: (event: RecordedEvent) => unknown): EventStore {
  const changed: EventStore['readAll'] = async (after, limit) =>
    (await store.readAll(after, limit)).map((one) =>
      one.event === null ? one : { ...one, event: change(one.event) as RecordedEvent },
    )
  return { ...store, readAll: changed }
}

describe('two engines over one storage', () => {
  it('the one that lost the race reads again and decides on what is there', async () => {
    const { world, state } = await worldAtStageZero()
    const other = await world.reopen({ effector: null })
    await world.engine.run(state().id, pause, maintainer)
    expect(other.find(state().id)?.pausedSince).toBeNull()
    const seen: string[] = []
    other.onChange(({ events }) => seen.push(...events.map((event) => event.type)))
    const outcome = await other.run(state().id, { type: 'resume' }, maintainer)
    // The other engine did not know of the pause, but it looks before it says that nothing had to happen.
    expect(outcome).toMatchObject({ ok: true, changed: true })
    await world.engine.run(state().id, pause, maintainer)
    await world.engine.tick()
    await world.engine.run(state().id, pause, maintainer)
    const rolled = { type: 'rollBack', installable: false, newerCompleted: null } as const
    expect(await other.run(state().id, rolled, maintainer)).toMatchObject({ ok: true, changed: true })
    expect(seen).toEqual(['paused', 'resumed', 'paused', 'rolled-back'])
    expect(await world.engine.run(state().id, { type: 'resume' }, maintainer)).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('The rollout is over (rolled-back)') },
    })
    expect(state()).toEqual(other.find(state().id))
  })

  it('both start releases of one line: both live, under one salt', async () => {
    const { world } = await worldAtStageZero()
    await world.upload('npm:demo@1.1.1', { announce: false })
    await world.upload('npm:demo@1.1.2', { announce: false })
    const other = await world.reopen({ effector: null })
    const start = (engine: Engine, release: string) =>
      engine.start({ releases: [release], policy: null, restart: false, origin: null, who: publisher })
    await Promise.all([start(world.engine, 'npm:demo@1.1.2'), start(other, 'npm:demo@1.1.1')])
    const fresh = await world.reopen({ effector: null })
    const live = fresh.rolloutsOf('npm:demo').filter((one) => one.end === null && one.startedAt !== null)
    expect(live).toHaveLength(3)
    expect(new Set(live.map(({ salt }) => salt)).size).toBe(1)
  })

  it('a start sees the rollout of a release that only the other process knows', async () => {
    const world = await createWorld()
    await world.upload('npm:demo@1.0.0')
    const other = await world.reopen({ effector: null })
    await world.upload('npm:demo@1.1.0')
    expect(other.find('npm:demo@1.1.0')).toBeNull()
    await hostFile(world.stores, 'npm:demo@1.1.1', fileRecord('demo-1.1.1.tgz', world.clock.now()))
    const releases = ['npm:demo@1.1.1']
    const request = { releases, policy: null, restart: false, origin: null, who: publisher }
    expect(await other.start(request)).toMatchObject({ ok: true, changed: true })
    expect(other.find('npm:demo@1.1.1')?.salt).toBe(other.find('npm:demo@1.1.0')?.salt)
    await world.engine.tick()
    expect(world.engine.all()).toEqual(other.all())
  })

  it('a release is a first one only where no process knows an earlier', async () => {
    const world = await createWorld()
    const other = await world.reopen({ effector: null })
    await world.upload('npm:demo@1.0.0')
    expect(other.all()).toEqual([])
    await world.upload('npm:demo@2.0.0', { engine: other })
    expect(other.find('npm:demo@1.0.0')?.end).toMatchObject({ kind: 'completed', direct: true })
    expect(other.find('npm:demo@2.0.0')).toMatchObject({
      end: null,
      members: [{ baseline: 'npm:demo@1.0.0' }],
    })
  })

  it('the first bytes of one release at both make one rollout', async () => {
    const { world } = await worldAtStageZero()
    const other = await world.reopen({ effector: null })
    const file = (name: string) => ({ name, sha256: sha256Of(name) })
    const admit = (engine: Engine, name: string) =>
      engine.admitUpload({ release: 'pypi:demo@1.2.0', file: file(name), who: publisher })
    const admitted = await Promise.all([admit(world.engine, 'demo.whl'), admit(other, 'demo.tar.gz')])
    expect(admitted.every(({ ok }) => ok)).toBe(true)
    const fresh = await world.reopen({ effector: null })
    expect(fresh.rolloutsOf('pypi:demo')).toHaveLength(1)
  })

  it('start a run once, although both come to want it', async () => {
    const { world, state } = await worldAtStageZero()
    const effector = createFakeEffector(500)
    const other = await world.reopen({ effector: effector.effector })
    await other.reconcile()
    // The one retries and starts the run; the other learns of the retry and wants the run too.
    world.effector.answer = async (effect) => (effect.kind === 'dispatch' ? new Promise(() => {}) : null)
    await world.engine.run(state().id, { type: 'retryCanary', canary: canaryId }, maintainer)
    while (world.effector.dispatches().length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    await other.tick()
    await other.reconcile()
    expect(other.find(state().id)?.canaries[canaryId]?.firstTry).toBe(2)
    expect(effector.dispatches()).toEqual([])
  })

  it('gives up after a bounded number of lost races, and says so', async () => {
    const { world, state } = await worldAtStageZero()
    let attempts = 0
    const conflict = { kind: 'version', name: state().id } as const
    const unlucky: EventStore = {
      ...world.stores.events,
      append: async () => {
        attempts += 1
        return { ok: false, conflict }
      },
    }
    const engine = await world.reopen({ events: unlucky, effector: null })
    expect(await engine.run(state().id, pause, maintainer)).toMatchObject({
      ok: false,
      refusal: { reason: 'conflict', expected: 'the same command again' },
    })
    expect(attempts).toBe(5)
  })
})

describe('many commands at once', () => {
  it('are decided one on top of the other, none is lost', async () => {
    const { world, state } = await worldAtStageZero()
    const before = state().version
    const signals = Array.from({ length: 50 }, (_, index) => {
      const blocker = { issue: `acme/lib#${index}`, title: '', labels: [], open: false, observedAt: index }
      return { type: 'recordSignal', signal: { kind: 'blocker', blocker } } as const
    })
    const outcomes = await Promise.all(signals.map((body) => world.engine.run(state().id, body, system)))
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true)
    expect(Object.keys(state().blockers)).toHaveLength(50)
    expect(state().version).toBe(before + 50)
  })

  it('a listener that throws undoes nothing, and one that left hears nothing', async () => {
    const { world, state } = await worldAtStageZero()
    const heard: string[] = []
    world.engine.onChange(() => {
      throw new Error('boom')
    })
    const leave = world.engine.onChange(({ state: next }) => heard.push(next.id))
    expect(await world.engine.run(state().id, pause, maintainer)).toMatchObject({ ok: true, changed: true })
    leave()
    await world.engine.run(state().id, { type: 'resume' }, maintainer)
    expect(heard).toEqual([state().id])
    expect(world.log.some((line) => line.message.includes('boom'))).toBe(true)
  })
})

describe('over SQLite', () => {
  const folders: string[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
  })

  it('a whole release survives a restart at every step', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-engine-'))
    folders.push(folder)
    const stores = await openSqlite(folder)
    const { world, state } = await worldAtStageZero({ stores })
    world.engine = await world.reopen()
    await world.engine.report(reportOf(world, state(), { candidate: 'pass', baseline: 'pass' }))
    for (let step = 0; step < 4; step += 1) {
      await climb(world, 'npm:demo@1.1.0', 1000, 1)
      world.engine = await world.reopen()
    }
    expect(state().end?.kind).toBe('completed')
    expect(world.effector.dispatches()).toHaveLength(1)
    await stores.close()
  })
})
