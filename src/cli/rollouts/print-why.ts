import type { WhyAnswer } from '../../registries/slipway-index/api-client.ts'
import { fleetSentence } from '../../rollout/fleet/fleet-words.ts'
import { columns, plain } from '../paint.ts'

const becauseWords: Readonly<Record<string, string>> = {
  bucket: 'its bucket is in',
  group: 'it is in a group',
  channel: 'the channel shows it',
  baseline: 'its bucket is not in',
  overtaken: 'it is in, and for a newer one too',
}

/** What a key sees of all live releases of the package, why, and the way out. */
export function printWhy({ sentence, kinds = [], sees = [], latest, wayOut, fleet }: WhyAnswer): string {
  const rows = sees.map(({ release, shown, bucket, basisPoints, because }) => [
    plain(release),
    shown ? 'shown' : 'hidden',
    because === 'bucket' && basisPoints === 10_000
      ? 'everybody sees it'
      : (becauseWords[because] ?? plain(because)),
    bucket === null ? `below ${basisPoints}` : `${bucket} of below ${basisPoints}`,
  ])
  const clients = kinds.map(({ kind, key, bucket, inside }) => [
    plain(kind),
    inside ? 'in' : 'out',
    `bucket ${bucket}`,
    plain(key),
  ])
  return [
    plain(sentence),
    ...(clients.length === 0 ? [] : [columns(clients, (cell) => cell)]),
    ...(rows.length === 0 ? [] : [columns(rows, (cell) => cell)]),
    ...(latest == null ? [] : [`Without a pin it gets ${plain(latest)}.`]),
    ...(fleet === undefined || fleet.machines === 0 ? [] : [plain(fleetSentence(fleet))]),
    ...(wayOut === undefined || wayOut === '' ? [] : [plain(wayOut)]),
  ].join('\n')
}
