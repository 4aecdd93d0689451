import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventStore, ReadEvent } from '../../src/ports/event-store.ts'
import type { Adapter, Storage } from './adapters.ts'
import { event } from './recorded-event.ts'

const write = (stream: string, expectedVersion: number, ...reasons: string[]) => ({
  stream,
  expectedVersion,
  events: reasons.map((reason) => event(reason)),
})

const brief = (events: readonly ReadEvent[]) =>
  events.map((one) => `${one.position} ${one.stream}#${one.version} ${one.event?.reason}`)

interface Ports {
  readonly store: () => EventStore
  /** Another connection to the same storage. */
  readonly other: () => EventStore
}

/** What every event store must do. */
export function eventStoreContract(adapter: Adapter): void {
  describe(`event store: ${adapter.name}`, () => {
    let storage: Storage
    let stores: readonly EventStore[]
    beforeEach(async () => {
      storage = await adapter.create()
      stores = [(await storage.open()).events, (await storage.open()).events]
    })
    afterEach(() => storage.dispose())
    const at = (index: number) => () => stores[index] as EventStore
    const ports = { store: at(0), other: at(1) }
    keepsEvents(ports)
    refusesWhatDoesNotFit(ports)
    letsOneWriterWin(ports)
  })
}

function keepsEvents({ store, other }: Ports): void {
  it('numbers events per stream from 0 and over all streams from 1, and gives them back as written', async () => {
    const first = await store().append({ streams: [write('ro-a', 0, 'one', 'two')], claims: [] })
    expect(first.ok && brief(first.events)).toEqual(['1 ro-a#0 one', '2 ro-a#1 two'])
    await store().append({ streams: [write('ro-b', 0, 'three')], claims: [] })
    await store().append({ streams: [write('ro-a', 2, 'four')], claims: [] })
    expect(brief(await other().read('ro-a'))).toEqual(['1 ro-a#0 one', '2 ro-a#1 two', '4 ro-a#2 four'])
    expect(brief(await other().readAll(1, 2))).toEqual(['2 ro-a#1 two', '3 ro-b#0 three'])
    expect(await other().readAll(4, 10)).toEqual([])
    expect(await other().read('ro-none')).toEqual([])
    expect((await other().read('ro-b'))[0]?.event).toEqual(event('three'))
  })

  it('keeps odd text as it is', async () => {
    const reason = '"quotes" \u2028 \u0000 \u{1f6a2} {"__proto__":1}'
    await store().append({ streams: [write('ro-a', 0, reason)], claims: [] })
    expect((await other().read('ro-a'))[0]?.event?.reason).toBe(reason)
  })

  it('takes an append larger than one statement', async () => {
    const reasons = Array.from({ length: 2500 }, (_, index) => `event ${index}`)
    await store().append({ streams: [write('ro-a', 0, ...reasons)], claims: [] })
    expect((await other().read('ro-a')).map((one) => one.event?.reason)).toEqual(reasons)
  })

  it('shares nothing with what was handed in', async () => {
    const events = [event('one')]
    await store().append({ streams: [{ stream: 'ro-a', expectedVersion: 0, events }], claims: [] })
    Object.assign(events[0] ?? {}, { reason: 'changed later' })
    expect((await store().read('ro-a'))[0]?.event?.reason).toBe('one')
  })
}

function refusesWhatDoesNotFit({ store, other }: Ports): void {
  it.each([0, 2, 7])('refuses version %i when the stream has 1 event', async (expectedVersion) => {
    await store().append({ streams: [write('ro-a', 0, 'one')], claims: [] })
    const outcome = await store().append({ streams: [write('ro-a', expectedVersion, 'late')], claims: [] })
    expect(outcome).toEqual({ ok: false, conflict: { kind: 'version', name: 'ro-a' } })
    expect(brief(await store().readAll(0, 10))).toEqual(['1 ro-a#0 one'])
  })

  it('writes nothing at all when one of several streams has moved on', async () => {
    await store().append({ streams: [write('ro-b', 0, 'one')], claims: [] })
    const outcome = await store().append({
      streams: [write('ro-a', 0, 'x'), write('ro-b', 0, 'y'), write('ro-c', 0, 'z')],
      claims: [{ claim: 'line:pypi:a@1', stream: 'ro-a', expected: null }],
    })
    expect(outcome).toEqual({ ok: false, conflict: { kind: 'version', name: 'ro-b' } })
    expect(brief(await other().readAll(0, 10))).toEqual(['1 ro-b#0 one'])
    expect(await other().claimedBy('line:pypi:a@1')).toBeNull()
  })

  it('leaves no gap in the positions after a refused append', async () => {
    await store().append({ streams: [write('ro-a', 0, 'one')], claims: [] })
    await store().append({ streams: [write('ro-a', 0, 'lost', 'lost too')], claims: [] })
    await store().append({ streams: [write('ro-a', 1, 'two')], claims: [] })
    expect(brief(await store().readAll(0, 10))).toEqual(['1 ro-a#0 one', '2 ro-a#1 two'])
  })

  it('moves claims with the events and refuses a holder that is not the expected one', async () => {
    const claim = 'line:npm:@s/x@2'
    await store().append({
      streams: [write('ro-a', 0, 'a')],
      claims: [{ claim, stream: 'ro-a', expected: null }],
    })
    expect(await other().claimedBy(claim)).toBe('ro-a')
    const late = { streams: [write('ro-b', 0, 'b')], claims: [{ claim, stream: 'ro-b', expected: null }] }
    expect(await other().append(late)).toEqual({ ok: false, conflict: { kind: 'claim', name: claim } })
    expect(await other().read('ro-b')).toEqual([])
    const handed = { streams: [], claims: [{ claim, stream: 'ro-b', expected: 'ro-a' }] }
    expect(await other().append(handed)).toEqual({ ok: true, events: [] })
    expect(await store().claimedBy(claim)).toBe('ro-b')
    await store().append({ streams: [], claims: [{ claim, stream: null, expected: 'ro-b' }] })
    expect(await store().claimedBy(claim)).toBeNull()
  })

  it('throws on a batch that means nothing, before anything is stored', async () => {
    const twice = { streams: [write('ro-a', 0, 'a'), write('ro-a', 1, 'b')], claims: [] }
    await expect(store().append(twice)).rejects.toThrow('append names the stream ro-a twice')
    const claims = [1, 2].map(() => ({ claim: 'c', stream: 'ro-a', expected: null }))
    await expect(store().append({ streams: [], claims })).rejects.toThrow('append names the claim c twice')
    const broken = { streams: [write('ro-a', -1, 'a')], claims: [] }
    await expect(store().append(broken)).rejects.toThrow('expected a whole number from 0')
    expect(await store().readAll(0, 10)).toEqual([])
  })
}

function letsOneWriterWin({ store, other }: Ports): void {
  it('lets exactly one of many parallel writers of the same version win, over two connections', async () => {
    for (let version = 0; version < 5; version += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, writer) =>
          (writer % 2 === 0 ? store() : other()).append({
            streams: [write('ro-a', version, `writer ${writer}`)],
            claims: [],
          }),
        ),
      )
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
    }
    expect((await store().read('ro-a')).map((one) => one.version)).toEqual([0, 1, 2, 3, 4])
  })

  it('gives a claim to exactly one of many parallel writers', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        (writer % 2 === 0 ? store() : other()).append({
          streams: [write(`ro-${writer}`, 0, 'mine')],
          claims: [{ claim: 'line', stream: `ro-${writer}`, expected: null }],
        }),
      ),
    )
    const winner = outcomes.findIndex((outcome) => outcome.ok)
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
    expect(await store().claimedBy('line')).toBe(`ro-${winner}`)
    expect((await store().readAll(0, 100)).map((one) => one.stream)).toEqual([`ro-${winner}`])
  })

  it('keeps every accepted event of parallel writers to different streams, in commit order', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, writer) =>
        (writer % 2 === 0 ? store() : other()).append({
          streams: [write(`ro-${writer}`, 0, 'one', 'two')],
          claims: [],
        }),
      ),
    )
    const all = await other().readAll(0, 100)
    expect(all.map((one) => one.position)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    for (let index = 0; index < 60; index += 2) expect(all[index]?.stream).toBe(all[index + 1]?.stream)
  })
}
