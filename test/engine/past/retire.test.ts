import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import { phaseOf } from '../../../src/rollout/history/phase.ts'
import { openSqlite } from '../../../src/stores/sql/open-sqlite.ts'
import type { Stores } from '../../../src/stores/stores.ts'
import { createWorld, maintainer, stateOf, type World } from '../world.ts'

let folder: string
let stores: Stores
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-past-'))
  stores = await openSqlite(folder)
})
afterEach(async () => {
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

/** Changes the database behind everybody's back. */
function edit(sql: string): void {
  const database = new BetterSqlite(join(folder, 'slipway.sqlite'))
  database.exec(sql)
  database.close()
}

const alone = { forge: null, effector: null }

/** A package with releases that have ended, without anybody who could still be told. */
async function withPast(versions: readonly string[]): Promise<World> {
  const world = await createWorld({ stores, forge: false, owned: false })
  world.engine = await world.reopen(alone)
  for (const version of versions) {
    const state = await world.upload(`npm:demo@${version}`)
    if (state?.end === null)
      await world.engine.run(
        state.id,
        { type: 'rollBack', installable: true, newerCompleted: null },
        maintainer,
      )
    world.clock.pass(1000)
  }
  await world.engine.tick()
  world.engine = await world.reopen(alone)
  return world
}

describe('the past', () => {
  it('is read from its packs: no event of it is, and everything about it is as before', async () => {
    const world = await withPast(['1.0.0', '1.1.0', '1.2.0'])
    expect(await stores.archive?.openStreams()).toEqual(new Map())
    expect(world.engine.all()).toEqual([])
    const ends = world.engine
      .rolloutsOf('npm:demo')
      .map(({ end, members }) => [members[0]?.candidate, end?.kind])
    expect(ends).toEqual([
      ['npm:demo@1.2.0', 'rolled-back'],
      ['npm:demo@1.1.0', 'rolled-back'],
      ['npm:demo@1.0.0', 'completed'],
    ])
    const state = world.engine.find('npm:demo@1.1.0')
    const fromEvents = await (await world.reopen({ ...alone, archive: null })).find('npm:demo@1.1.0')
    expect(state).toEqual(fromEvents)
    expect(world.engine.list.counts()).toMatchObject({ completed: 1, 'rolled-back': 2, rolling: 0 })
  })

  it('is listed by pages, the newest first, also by phase', async () => {
    const world = await withPast(['1.0.0', '1.1.0', '1.2.0', '1.3.0'])
    await world.upload('npm:demo@1.4.0')
    const names = (page: ReturnType<World['engine']['list']['page']>) =>
      page.items.map(({ members }) => members[0]?.candidate.slice(9))
    const first = world.engine.list.page({ cursor: null, limit: 3, phase: null })
    const rest = world.engine.list.page({ cursor: first.next, limit: 3, phase: null })
    expect([names(first), names(rest), rest.next]).toEqual([
      ['1.4.0', '1.3.0', '1.2.0'],
      ['1.1.0', '1.0.0'],
      null,
    ])
    expect(names(world.engine.list.page({ cursor: null, limit: 9, phase: 'completed' }))).toEqual(['1.0.0'])
    expect(names(world.engine.list.page({ cursor: null, limit: 9, phase: 'live' }))).toEqual(['1.4.0'])
  })

  it('wakes when something happens to it, and sleeps again', async () => {
    const world = await withPast(['1.0.0', '1.1.0'])
    const { id } = world.engine.find('npm:demo@1.0.0') ?? { id: '' }
    const block = { type: 'block', releases: ['npm:demo@1.0.0'] } as const
    expect(await world.engine.run(id, block, { ...maintainer, reason: 'steals' })).toMatchObject({ ok: true })
    for (let round = 0; round < 2; round += 1) {
      world.engine = await world.reopen(alone)
      expect(world.engine.find(id)?.blocked).toEqual(['npm:demo@1.0.0'])
      await world.engine.tick()
      expect(world.engine.all()).toEqual([])
    }
  })

  it('is read from its events where a pack is damaged, which is named', async () => {
    await withPast(['1.0.0', '1.1.0'])
    edit("update archives set body = replace(body, 'A', 'B')")
    const world = await createWorld({ stores, forge: false, owned: false })
    world.engine = await world.reopen(alone)
    expect(world.engine.find('npm:demo@1.0.0')?.end?.kind).toBe('completed')
    expect(stores.damage.all()).toEqual([expect.objectContaining({ kind: 'archive', stream: 'npm:demo' })])
  })
})

describe('one damaged event', () => {
  it.each([
    ['is no JSON', "update events set body = 'x' where stream = ? and version = 1"],
    ['was changed', "update events set body = replace(body, 'npm', 'npn') where stream = ? and version = 1"],
    ['is gone', 'delete from events where stream = ? and version = 1'],
    [
      'is gone at the end',
      'delete from events where stream = ? and version = (select max(version) from events where stream = ?)',
    ],
  ])('that %s hides its rollout, is named, and stops nothing else', async (_, sql) => {
    const world = await createWorld({ stores, forge: false, owned: false })
    world.engine = await world.reopen(alone)
    await world.upload('npm:demo@1.0.0')
    await world.upload('npm:other@1.0.0')
    const live = await world.upload('npm:demo@1.1.0')
    await world.engine.run(live?.id ?? '', { type: 'advance', to: null, files: [] }, maintainer)
    edit(sql.replaceAll('?', `'${live?.id}'`))
    world.engine = await world.reopen(alone)
    const found = world.engine.find('npm:demo@1.1.0')
    expect(found === null ? 'held' : phaseOf(found)).toBe('held')
    expect(world.engine.find('npm:other@1.0.0')?.end?.kind).toBe('completed')
    expect(stores.damage.all()).toEqual([expect.objectContaining({ kind: 'event', stream: live?.id })])
  })

  it('of a candidate is told by its page, and somebody may start the release anew by name', async () => {
    const world = await createWorld({ stores, forge: false, owned: false })
    world.engine = await world.reopen(alone)
    await world.upload('npm:demo@1.0.0')
    const live = await world.upload('npm:demo@1.1.0')
    await world.engine.run(live?.id ?? '', { type: 'advance', to: null, files: [] }, maintainer)
    edit(`update events set body = 'x' where stream = '${live?.id}' and version = 2`)
    world.engine = await world.reopen(alone)
    const found = stateOf(world, 'npm:demo@1.1.0')
    const { sentence, next } = world.engine.explain(found)
    expect(sentence).toMatch(
      /^Held: its stored history cannot be read \(event 2: .*\)\. Nobody gets it without asking for it, and it takes no commands\.$/,
    )
    expect(next.sentence).toContain('slipway start --restart')
    expect(world.engine.list.page({ cursor: null, limit: 9, phase: 'live' }).items).toEqual([found])
    expect(exposuresOf('npm:demo', [found])).toMatchObject([{ end: null, held: true, basisPoints: 0 }])
    const start = { releases: ['npm:demo@1.1.0'], policy: null, origin: null, who: maintainer }
    const refused = await world.engine.start({ ...start, restart: false })
    expect(refused).toMatchObject({ ok: false, refusal: { reason: 'needs-approval', field: 'restart' } })
    expect(stateOf(world, 'npm:demo@1.1.0').id).toBe(found.id)
    const anew = await world.engine.start({ ...start, restart: true })
    expect(anew).toMatchObject({
      ok: true,
      state: { restartOf: found.id, members: [{ baseline: 'npm:demo@1.0.0' }], end: null, stageIndex: 0 },
    })
  })

  it('leaves what had been taken back as it was', async () => {
    const world = await createWorld({ stores, forge: false, owned: false })
    world.engine = await world.reopen(alone)
    await world.upload('npm:demo@1.0.0')
    const live = await world.upload('npm:demo@1.1.0')
    const rollBack = { type: 'rollBack', installable: true, newerCompleted: null } as const
    await world.engine.run(live?.id ?? '', rollBack, maintainer)
    const note = { type: 'block', releases: ['npm:demo@1.1.0'] } as const
    await world.engine.run(live?.id ?? '', note, maintainer)
    const last = `(select max(version) from events where stream = '${live?.id}')`
    edit(`update events set body = 'x' where stream = '${live?.id}' and version = ${last}`)
    world.engine = await world.reopen(alone)
    expect(phaseOf(stateOf(world, 'npm:demo@1.1.0'))).toBe('rolled-back')
  })

  it('of the baseline never makes the next release a first one, shown to everybody', async () => {
    const world = await createWorld({ stores, forge: false, owned: false })
    world.engine = await world.reopen(alone)
    const first = await world.upload('npm:demo@1.0.0')
    edit(`update events set body = 'x' where stream = '${first?.id}' and version = 0`)
    world.engine = await world.reopen(alone)
    const next = await world.upload('npm:demo@1.1.0')
    expect(next?.startedAt).toBeNull()
    expect(world.engine.startProblem(next?.id ?? '')?.refusal.message).toContain(
      'The history of npm:demo@1.0.0 is gone',
    )
  })
})
