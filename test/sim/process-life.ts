/**
 * One process of the server. Every call of a port goes through it, so the process can die before or after any of
 * them: what is stored stays, what was answered is lost, and nothing of it ever goes on.
 */
export class ProcessLife {
  /** Resolves when it dies. */
  readonly died: Promise<void>
  dead = false
  private inFlight = 0
  private callsLeft = Number.POSITIVE_INFINITY
  private after = false
  private tell: () => void = () => {}

  constructor() {
    this.died = new Promise((resolve) => {
      this.tell = resolve
    })
  }

  /** Dies at the `calls`-th call from now: right before it, or right after it was done. */
  dieIn(calls: number, after: boolean): void {
    this.callsLeft = calls
    this.after = after
  }

  kill(): void {
    this.dead = true
    this.tell()
  }

  /** The port as this process sees it. */
  fenced<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...given: unknown[]) => this.call(() => Reflect.apply(member, target, given))
      },
    })
  }

  /** Resolves to true once nothing is under way any more, to false when it died before. */
  async quiet(work: Promise<unknown>): Promise<boolean> {
    await Promise.race([work.catch(() => {}), this.died])
    for (let calm = 0; calm < 3 && !this.dead; ) {
      await new Promise((resolve) => setImmediate(resolve))
      calm = this.inFlight === 0 ? calm + 1 : 0
    }
    return !this.dead
  }

  private async call(work: () => unknown): Promise<unknown> {
    if (this.dead) return never()
    this.callsLeft -= 1
    const last = this.callsLeft <= 0
    if (last && !this.after) {
      this.kill()
      return never()
    }
    this.inFlight += 1
    try {
      const answer = await work()
      if (last) this.kill()
      return this.dead ? await never() : answer
    } finally {
      this.inFlight -= 1
    }
  }
}

const never = (): Promise<never> => new Promise(() => {})
