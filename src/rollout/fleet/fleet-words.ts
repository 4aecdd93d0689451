import type { Fleet } from './fleet.ts'

/** What the fleet says beside the stated percent; empty where no machine reports. */
export function fleetSentence({ machines, running, failed, rings }: Fleet): string {
  if (machines === 0) return ''
  const share = Math.round((running / machines) * 1000) / 10
  const inRings = rings.map(
    ({ ring, ...one }) =>
      `${ring === null ? 'no ring' : `ring ${ring}`} ${one.running} of ${one.machines}${one.failed === 0 ? '' : `, ${one.failed} failed`}`,
  )
  const more = inRings.length === 0 ? '' : ` (${inRings.join('; ')})`
  const what = machines === 1 ? 'the one machine that reports' : `${machines} machines that report`
  const end = failed === 0 ? '' : ` ${failedSentence(failed)}`
  return `Of ${what}, ${running} ${running === 1 ? 'runs' : 'run'} it: ${share} % of the fleet${more}.${end}`
}

/** What stops a fleet; empty where nothing failed. */
export function failedSentence(failed: number): string {
  if (failed === 0) return ''
  const where =
    failed === 1 ? 'one machine, which went back to what it had' : `${failed} machines, which went back`
  return `Its test failed on ${where}; no other machine takes it up while that is so.`
}
