import pg from 'pg'

/** Notices of other processes; a hint only, everything they tell can be read. */
export interface Listening {
  onNotice(listener: (what: string) => void): void
  /** Called after each time the connection was away: anything may have been missed. */
  onGap(listener: () => void): void
  close(): Promise<void>
}

const retryMs = 1000

/** Listens on a connection of its own and comes back after each loss of it. */
export function listenTo(url: string, channel: string): Listening {
  const noticed = new Set<(what: string) => void>()
  const missed = new Set<() => void>()
  let client: pg.Client | null = null
  let closed = false
  let timer: NodeJS.Timeout | null = null

  function again(): void {
    client = null
    if (closed || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      void connect()
    }, retryMs)
    timer.unref()
  }

  async function connect(): Promise<void> {
    const mine = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true })
    mine.on('error', again)
    mine.on('end', again)
    mine.on('notification', ({ payload }) => {
      for (const listener of noticed) listener(payload ?? '')
    })
    try {
      await mine.connect()
      await mine.query(`listen ${channel}`)
      client = mine
      for (const listener of missed) listener()
    } catch {
      await mine.end().catch(() => {})
      again()
    }
  }

  void connect()
  return {
    onNotice: (listener) => void noticed.add(listener),
    onGap: (listener) => void missed.add(listener),
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
