import { openSqlite } from '../../../src/stores/sql/open-sqlite.ts'
import { event } from '../recorded-event.ts'

/** Appends pairs of events in one transaction each, retrying conflicts, and prints every pair that was accepted. */
const [folder = '', name = '', pairs = '0'] = process.argv.slice(2)
const stores = await openSqlite(folder)
let written = 0
while (written < Number(pairs)) {
  const version = (await stores.events.read('ro-shared')).length
  const outcome = await stores.events.append({
    streams: [
      { stream: 'ro-shared', expectedVersion: version, events: [event(name), event(name)] },
      { stream: `ro-${name}`, expectedVersion: written, events: [event(`${version}`)] },
    ],
    claims: [],
  })
  if (!outcome.ok) continue
  written += 1
  const fresh = await stores.inbox.put({
    guid: `${name}-${written}`,
    event: 'e',
    payload: '{}',
    receivedAt: 1,
  })
  if (!fresh) throw new Error('the GUID was known')
  process.stdout.write(`${written}\n`)
}
await stores.close()
