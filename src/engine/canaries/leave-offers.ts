import { slipwayFilePath } from '../../config/policy/slipway-file.ts'
import type { Forged, Repository } from '../../ports/forge.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { sha256Hex } from '../core/hashes.ts'
import { left, tellOne } from './canary-conditions.ts'

/**
 * Takes back at once what a repository offers, by its file or by checking in: no run is started there, and every live
 * rollout says so. That lasts until the file is another text, so that nobody has to hurry to change it. Gives how many
 * offers there were.
 */
export async function leaveOffers(core: EngineCore, repository: Repository): Promise<Forged<number>> {
  const { forge, offers, clock } = core.parts
  const text = forge === null ? null : await forge.file(repository, slipwayFilePath, null)
  if (text?.ok === false) return text
  const known = [await offers.get(repository.id, 'file'), await offers.get(repository.id, 'pull')]
  const count = known.reduce((sum, record) => sum + (record?.offers.length ?? 0), 0)
  await offers.remove(repository.id, 'pull')
  const file = text?.value ?? null
  if (file === null) await offers.remove(repository.id, 'file')
  else {
    const record = { source: 'file', repository, offers: [], problems: null, unread: null } as const
    await offers.put({ ...record, left: sha256Hex(file), seenAt: clock.now() })
  }
  for (const state of core.memory.withCanary(repository.id)) await tellOne(core, state, repository.id, left)
  return { ok: true, value: count }
}
