import type { RecordedEvent } from '../../src/rollout/history/event.ts'
import { openMemory } from '../../src/stores/memory/open-memory.ts'
import type { Stores } from '../../src/stores/stores.ts'
import { drawFaults, type Faults, type Luck, luckOf, noFaults } from './luck.ts'
import { PaperGithub, type Post } from './paper-github.ts'
import { setScene } from './scene.ts'
import { type Ground, type SimServer, startServer } from './sim-server.ts'

/** A wrong Slipway, to see that the simulation notices. */
export type Wrong = 'posts blindly' | 'forgets the inbox' | 'forgets what it began' | 'loses an event'

/** What one append brought: the events of one command, or of a fact and the tick behind it. */
export interface Appended {
  readonly streams: readonly { readonly stream: string; readonly events: readonly RecordedEvent[] }[]
}

/** One seed's world: a server that dies and comes back, a GitHub, a network between them, and time. */
export class SimWorld {
  readonly seed: number
  readonly packageId: 'npm:demo' | 'pypi:demo'
  readonly luck: Luck
  faults: Faults
  readonly clock: { now(): number; pass(ms: number): void }
  readonly github: PaperGithub
  readonly stores: Stores
  readonly ground: Ground
  readonly appended: Appended[] = []
  /** What happened, for whoever looks into a failing seed. */
  readonly diary: string[] = []
  /** Comments with a command that the server took in with a 2xx. */
  readonly accepted = new Set<number>()
  readonly crashes = { count: 0 }
  /** Since the last look at the index its publisher took something back, or gave it again. */
  withdrew = false
  /** Whether the last turn went through: nobody died over it, and every append was taken. */
  lastTurnWhole = true
  server: SimServer | null = null
  private readonly posts: Post[] = []
  private readonly failed: { readonly id: number; readonly post: Post }[] = []
  private readonly wrong: Wrong | null
  private fates = new Map<string, number>()

  constructor(seed: number, wrong: Wrong | null = null) {
    let now = 1_700_000_000_000 + seed * 1000
    this.seed = seed
    this.packageId = seed % 3 === 0 ? 'pypi:demo' : 'npm:demo'
    this.wrong = wrong
    this.luck = luckOf(seed, 'script')
    this.faults = drawFaults(seed)
    this.clock = {
      now: () => now,
      pass: (ms) => {
        now += ms
      },
    }
    this.github = new PaperGithub(this.clock.now)
    this.stores = this.watched(openMemory(this.clock))
    this.ground = {
      stores: this.stores,
      github: this.github,
      clock: this.clock,
      luck: luckOf(seed, 'ids'),
      fate: (call) => this.fateOf(call),
      blind: wrong === 'posts blindly',
      deliveries: this.deliveries(),
      log: [],
    }
  }

  /** Repositories, files and owners as they are before anything is released. */
  begin(): Promise<void> {
    return setScene(this)
  }

  note(line: string): void {
    this.diary.push(`${new Date(this.clock.now()).toISOString()} ${line}`)
  }

  /** A running server: started anew after a crash, however often that fails. */
  async up(): Promise<SimServer> {
    while (this.server === null || this.server.life.dead) {
      this.server = await startServer({ ...this.ground, stores: this.storesOfProcess() })
      if (this.server === null) this.crashes.count += 1
    }
    return this.server
  }

  /** Lets webhooks that are due arrive, time-driven work happen, and effects settle; a crash ends it early. */
  async turn(): Promise<void> {
    const server = await this.up()
    this.lastTurnWhole = true
    this.mail()
    await this.arrive(server)
    if (!(await server.turn())) return this.crashed()
    this.mail()
    await this.arrive(server)
    if (!server.life.dead && !(await server.turn())) this.crashed()
  }

  async crash(): Promise<void> {
    this.server?.life.kill()
    this.crashed()
  }

  /** From now on nothing goes wrong any more, and what GitHub knows of is delivered. */
  heal(): void {
    this.faults = noFaults
    this.note('healed')
  }

  private crashed(): void {
    this.lastTurnWhole = false
    this.crashes.count += 1
    this.note('the process died')
  }

  /** Everything GitHub told since goes on its way: lost, doubled and late as the seed wants it. */
  private mail(): void {
    for (const { event, payload } of this.github.told.splice(0)) {
      const guid = `guid-${this.github.next()}`
      if (this.luck.chance(this.faults.lost)) {
        const known = this.luck.chance(0.5)
        this.note(`lost ${event}${known ? ', GitHub knows' : ''}`)
        if (known) this.failed.push({ id: this.github.next(), post: { guid, event, payload, dueAt: 0 } })
        continue
      }
      const copies = this.luck.chance(this.faults.doubled) ? 2 : 1
      for (let copy = 0; copy < copies; copy += 1) {
        const delay = this.luck.chance(this.faults.late) ? this.luck.between(1, 6 * 3600) * 1000 : 0
        this.posts.push({ guid, event, payload, dueAt: this.clock.now() + delay })
      }
    }
  }

  private async arrive(server: SimServer): Promise<void> {
    const due = this.posts.filter(({ dueAt }) => dueAt <= this.clock.now())
    for (const post of due) {
      this.posts.splice(this.posts.indexOf(post), 1)
      const { guid, event } = post
      const payload = JSON.stringify(post.payload)
      const delivery = { guid, event, payload, receivedAt: this.clock.now() }
      const taken = !server.life.dead && (await server.accept(delivery))
      if (taken) this.noteAccepted(event, post.payload)
      else this.failed.push({ id: this.github.next(), post })
    }
  }

  private noteAccepted(event: string, payload: object): void {
    const comment = event === 'issue_comment' && 'comment' in payload ? payload.comment : null
    if (typeof comment === 'object' && comment !== null && 'id' in comment)
      this.accepted.add(Number(comment.id))
  }

  /** Posts that GitHub still holds or that are late. */
  get underWay(): number {
    return this.posts.length
  }

  private deliveries(): Ground['deliveries'] {
    return {
      failed: async () => ({ ok: true, value: this.failed.map(({ id, post }) => ({ id, guid: post.guid })) }),
      redeliver: async (id) => {
        const found = this.failed.find((one) => one.id === id)
        if (found !== undefined) this.posts.push({ ...found.post, dueAt: this.clock.now() })
        return { ok: true, value: undefined }
      },
    }
  }

  /** Drawn for each call by its name and how often it was made, so that one more call elsewhere moves nothing. */
  private fateOf(call: string): ReturnType<Ground['fate']> {
    const times = (this.fates.get(call) ?? 0) + 1
    this.fates.set(call, times)
    const luck = luckOf(this.seed, `${call} ${times}`)
    if (luck.chance(this.faults.limits)) return 'limited'
    if (!luck.chance(this.faults.forge)) return 'fine'
    return luck.chance(0.5) ? 'refused' : 'cut-off'
  }

  private watched(stores: Stores): Stores {
    const append: Stores['events']['append'] = async (batch) => {
      if (this.luck.chance(this.faults.store)) {
        this.lastTurnWhole = false
        throw new Error('disk full')
      }
      const outcome = await stores.events.append(batch)
      if (outcome.ok) this.appended.push(batch)
      return outcome
    }
    return { ...stores, events: { ...stores.events, append } }
  }

  /** What is stored, as a wrong server would store it. */
  private storesOfProcess(): Stores {
    const { stores } = this
    if (this.wrong === 'forgets the inbox') return { ...stores, inbox: openMemory(this.clock).inbox }
    if (this.wrong === 'forgets what it began') {
      const put: Stores['effects']['put'] = async (applied) => {
        if (applied.digest !== 'pending') await stores.effects.put(applied)
      }
      return { ...stores, effects: { ...stores.effects, put } }
    }
    if (this.wrong === 'loses an event') {
      const readAll: Stores['events']['readAll'] = async (after, limit) =>
        (await stores.events.readAll(after, limit)).filter(({ event }) => event?.type !== 'stage-entered')
      return { ...stores, events: { ...stores.events, readAll } }
    }
    return stores
  }
}
