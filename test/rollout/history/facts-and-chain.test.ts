import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canonicalJson, sameJson } from '../../../src/rollout/history/canonical-json.ts'
import { CHAIN_START, chainEvents, verifyChain } from '../../../src/rollout/history/chain.ts'
import type { RecordedEvent } from '../../../src/rollout/history/event.ts'
import { evolve, replay } from '../../../src/rollout/history/evolve.ts'
import { joinResult, joinSignal } from '../../../src/rollout/history/join-evidence.ts'
import { nonceFor } from '../../../src/rollout/history/nonce.ts'
import { basisPointsFor, groupKeysOf, phaseOf, seesCandidate } from '../../../src/rollout/history/phase.ts'
import {
  CANDIDATE,
  completedStory,
  HOUR,
  ID,
  maintainer,
  member,
  NOON,
  pair,
  policy,
  sha256Hex,
  stage,
  startedStory,
  writer,
} from '../builders.ts'

const recorded = () => chainEvents(sha256Hex, CHAIN_START, completedStory().events)

describe('the chain', () => {
  it('hashes the RFC 8785 form of each event with the hash before it', () => {
    const [first, second] = recorded()
    if (first === undefined || second === undefined) throw new Error('too short')
    const { hash, ...rest } = first
    expect(first.previous).toBe('0'.repeat(64))
    expect(hash).toBe(sha256Hex(canonicalJson(rest)))
    expect(second.previous).toBe(hash)
    expect(canonicalJson({ b: 1, a: [true, null] })).toBe('{"a":[true,null],"b":1}')
  })

  it('goes on where it stopped', () => {
    const events = completedStory().events
    const head = chainEvents(sha256Hex, CHAIN_START, events.slice(0, 3))
    const rest = chainEvents(sha256Hex, head.at(-1)?.hash ?? '', events.slice(3))
    expect([...head, ...rest]).toEqual(recorded())
  })

  it('shows that a history is whole, or where it is not', () => {
    const events = recorded()
    const forged = (index: number, change: Partial<RecordedEvent>) =>
      events.map((event, number) => (number === index ? ({ ...event, ...change } as RecordedEvent) : event))
    expect(verifyChain(sha256Hex, events)).toEqual({ ok: true })
    expect(verifyChain(sha256Hex, [])).toEqual({ ok: true })
    expect(verifyChain(sha256Hex, forged(2, { reason: 'other' }))).toEqual({
      ok: false,
      version: 2,
      message: 'event 2 does not match its hash',
    })
    expect(verifyChain(sha256Hex, events.toSpliced(1, 1))).toMatchObject({ ok: false, version: 1 })
    expect(verifyChain(sha256Hex, events.slice(1))).toMatchObject({ ok: false, version: 0 })
  })

  it('moves the head of the state', () => {
    const events = recorded()
    expect(replay(ID, events)?.head).toBe(events.at(-1)?.hash)
    expect(replay(ID, events)?.version).toBe(events.length)
    expect(replay(ID, completedStory().events)?.head).toBe(CHAIN_START)
    expect(replay(ID, [])).toBeNull()
  })

  it('compares what JSON says', () => {
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true)
    expect(sameJson([1, 2], [2, 1])).toBe(false)
    expect(() => canonicalJson(undefined)).toThrow('not a JSON value: undefined')
  })
})

describe('a broken history', () => {
  const story = completedStory()
  const [reserved, started] = story.events
  it('is noticed', () => {
    if (reserved === undefined || started === undefined) throw new Error('too short')
    expect(() => evolve(ID, null, started)).toThrow(`the history of ${ID} begins with started`)
    expect(() => evolve(ID, story.live, reserved)).toThrow(`${ID} is reserved twice`)
    const strange = { ...reserved, type: 'canary-retried', canary: 'x', firstTry: 1 } as const
    expect(() => evolve(ID, story.live, strange)).toThrow(`${ID} has no canary x`)
    const [fact] = pair('pass', 'pass', { canary: 'x' })
    if (fact === undefined) throw new Error('no fact')
    expect(() => joinResult(story.live, fact)).toThrow('has no canary x')
    const dispatch = { arm: 'both', at: 1, runId: 1, url: null, failure: null } as const
    const signal = { kind: 'dispatched', canary: 'x', try: 1, dispatch } as const
    expect(() => joinSignal(story.live, signal)).toThrow('has no canary x')
    const { live } = startedStory()
    const tick = { type: 'tick', freeze: null, files: [] } as const
    const lost = { ...startedStory(), state: { ...live, stageIndex: 9 } }
    expect(() => Object.assign(startedStory(), lost).run(tick)).toThrow('is at stage 9, which does not exist')
  })
})

describe('two dispatches of one arm', () => {
  const dispatch = { arm: 'both', at: 5, runId: 1, url: null, failure: null } as const
  const failed = { ...dispatch, runId: null, failure: 'x' }
  it.each([
    ['a started one beats a failed one', dispatch, failed],
    ['a named one beats one without a run', dispatch, { ...dispatch, runId: null }],
    ['the later one beats the earlier', dispatch, { ...dispatch, at: 4 }],
    ['else any fixed order', { ...dispatch, url: 'https://b' }, { ...dispatch, url: 'https://a' }],
  ])('%s', (_, better, worse) => {
    for (const order of [
      [better, worse],
      [worse, better],
    ]) {
      const story = startedStory()
      for (const one of order) {
        story.run({
          type: 'recordSignal',
          signal: { kind: 'dispatched', canary: '101', try: 1, dispatch: one },
        })
      }
      expect(story.live.canaries['101']?.tries[1]?.dispatches.both).toEqual(better)
    }
  })
})

describe('nonces', () => {
  const hmac = (text: string) => createHmac('sha256', 'secret').update(text).digest()
  it('are 32 characters of base32, another for each try, canary and rollout', () => {
    const nonces = [
      nonceFor(hmac, ID, '101', 1),
      nonceFor(hmac, ID, '101', 2),
      nonceFor(hmac, ID, '102', 1),
      nonceFor(hmac, 'ro-b', '101', 1),
    ]
    expect(new Set(nonces).size).toBe(4)
    for (const nonce of nonces) expect(nonce).toMatch(/^[a-z2-7]{32}$/)
    expect(nonceFor(hmac, ID, '101', 1)).toBe(nonces[0])
  })
})

describe('who sees it', () => {
  const grouped = policy({
    stages: [
      stage({ groups: ['testers'] }),
      stage({ basisPoints: 500, groups: ['late'] }),
      stage({ basisPoints: 10_000 }),
    ],
    groups: { testers: ['t'], late: ['l'] },
  })

  it('is the groups of all stages so far, whatever their bucket', () => {
    const story = startedStory({ policy: grouped })
    const sees = (key: string) => seesCandidate(story.live, CANDIDATE, key, 9999)
    expect([sees('t'), sees('l'), sees('x')]).toEqual([true, false, false])
    story.run({ type: 'advance', to: null, files: [] }, maintainer, 'go')
    expect([sees('t'), sees('l'), sees('x')]).toEqual([true, true, false])
    expect(seesCandidate(story.live, CANDIDATE, 'x', 499)).toBe(true)
    expect(seesCandidate(story.live, CANDIDATE, 'x', 500)).toBe(false)
    expect(seesCandidate(story.live, 'npm:other@1.0.0', 't', 0)).toBe(false)
    story.run({ type: 'abandon' }, writer)
    expect([sees('t'), groupKeysOf(story.live).size]).toEqual([false, 0])
  })

  it('is everybody for a member without baseline, also after the end', () => {
    const first = { candidate: 'npm:new@1.0.0', baseline: null }
    const story = startedStory({ members: [member, first] })
    expect(story.live.end).toBeNull()
    expect(basisPointsFor(story.live, CANDIDATE)).toBe(0)
    expect(basisPointsFor(story.live, first.candidate)).toBe(10_000)
    story.run({ type: 'abandon' }, writer)
    expect(basisPointsFor(story.live, first.candidate)).toBe(10_000)
  })

  it('is nobody beyond the ladder', () => {
    const { live } = startedStory()
    expect(basisPointsFor({ ...live, stageIndex: 9 }, CANDIDATE)).toBe(0)
    expect(phaseOf(live)).toBe('staged')
  })
})

describe('time', () => {
  it('of progress never goes back', () => {
    const story = startedStory()
    story.now = NOON - HOUR
    story.run({ type: 'pause' }, writer)
    expect(story.live.progressAt).toBe(NOON)
  })
})
