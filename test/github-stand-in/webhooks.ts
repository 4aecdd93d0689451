import { createHmac, randomUUID } from 'node:crypto'

/** One attempt at delivering a webhook, as `GET /app/hook/deliveries` shows it. */
export interface Delivery {
  readonly id: number
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly installationId: number | null
  readonly repositoryId: number | null
  readonly payload: Record<string, unknown>
  readonly redelivery: boolean
  readonly deliveredAt: string
  readonly durationMs: number
  /** What the receiver answered; 0 when nobody did. */
  readonly status: number
  readonly answer: string
}

export interface Receiver {
  readonly url: string
  readonly secret: string
}

function idOf(payload: Record<string, unknown>, name: string): number | null {
  const holder = payload[name]
  if (typeof holder !== 'object' || holder === null || !('id' in holder)) return null
  return typeof holder.id === 'number' ? holder.id : null
}

/** The value of `X-Hub-Signature-256` for a body. */
export function signature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/**
 * The App's one webhook: signs, delivers once, remembers. Like GitHub it does not try again by itself.
 * `check` sees every payload before it leaves.
 */
export class Webhooks {
  #receiver: Receiver | null = null
  #lastId = 0
  readonly #check: (event: string, payload: unknown) => void
  readonly #deliveries: Delivery[] = []
  readonly #underway = new Set<Promise<unknown>>()

  constructor(check: (event: string, payload: unknown) => void) {
    this.#check = check
  }

  /** Where deliveries go from now on; null sends them nowhere and does not record them. */
  receiver(receiver: Receiver | null): void {
    this.#receiver = receiver
  }

  /** Every attempt so far, oldest first. */
  deliveries(): readonly Delivery[] {
    return this.#deliveries
  }

  /** Sends an event; resolves when the receiver answered or could not be reached. */
  send(event: string, payload: Record<string, unknown>): Promise<Delivery | null> {
    this.#check(event, payload)
    return this.#attempt({ event, payload, guid: randomUUID(), redelivery: false })
  }

  /** Sends a former delivery again under its GUID. */
  redeliver(guid: string): Promise<Delivery | null> {
    const former = this.#deliveries.find((delivery) => delivery.guid === guid)
    if (former === undefined) throw new Error(`no delivery ${guid}`)
    return this.#attempt({ event: former.event, payload: former.payload, guid, redelivery: true })
  }

  /** Waits for a delivery that came or is to come; at once when nobody receives. */
  async delivered(is: (delivery: Delivery) => boolean): Promise<void> {
    const limit = Date.now() + 15_000
    while (this.#receiver !== null && !this.#deliveries.some(is)) {
      if (Date.now() > limit) throw new Error('the expected webhook was not sent within 15 s')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Waits until no delivery is under way. */
  async settled(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway)
  }

  #attempt(what: {
    event: string
    payload: Record<string, unknown>
    guid: string
    redelivery: boolean
  }): Promise<Delivery | null> {
    const receiver = this.#receiver
    if (receiver === null) return Promise.resolve(null)
    const attempt = this.#post(receiver, what)
    this.#underway.add(attempt)
    void attempt.finally(() => this.#underway.delete(attempt))
    return attempt
  }

  async #post(
    receiver: Receiver,
    what: { event: string; payload: Record<string, unknown>; guid: string; redelivery: boolean },
  ): Promise<Delivery> {
    const body = JSON.stringify(what.payload)
    const started = performance.now()
    const deliveredAt = new Date().toISOString()
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/stand-in',
      'x-github-event': what.event,
      'x-github-delivery': what.guid,
      'x-github-hook-id': '1',
      'x-hub-signature-256': signature(receiver.secret, body),
    }
    const signal = AbortSignal.timeout(10_000)
    const answer = await fetch(receiver.url, { method: 'POST', headers, body, signal })
      .then(async (reply) => ({ status: reply.status, text: await reply.text() }))
      .catch((error: unknown) => ({ status: 0, text: String(error) }))
    const action = what.payload.action
    const delivery: Delivery = {
      id: ++this.#lastId,
      guid: what.guid,
      event: what.event,
      action: typeof action === 'string' ? action : null,
      installationId: idOf(what.payload, 'installation'),
      repositoryId: idOf(what.payload, 'repository'),
      payload: what.payload,
      redelivery: what.redelivery,
      deliveredAt,
      durationMs: Math.round(performance.now() - started),
      status: answer.status,
      answer: answer.text,
    }
    this.#deliveries.push(delivery)
    return delivery
  }
}
