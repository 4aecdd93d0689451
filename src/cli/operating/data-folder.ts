import { randomBytes } from 'node:crypto'
import { createEngine } from '../../engine/core/create-engine.ts'
import { defaultEngineSettings } from '../../engine/core/engine-parts.ts'
import type { Damage } from '../../ports/damage.ts'
import { isLive } from '../../rollout/history/phase.ts'
import { lockFolder } from '../../stores/disk/lock-folder.ts'
import { acceptLoss } from '../../stores/safekeeping/accept-loss.ts'
import { mustHoldDatabase } from '../../stores/safekeeping/backup-folder.ts'
import { readCheckpointFile } from '../../stores/safekeeping/checkpoint-file.ts'
import { verifyStores } from '../../stores/safekeeping/verify-stores.ts'
import { openSqlite } from '../../stores/sql/open-sqlite.ts'
import { systemClock } from '../../stores/system-clock.ts'

/** Goes on with the folder of a stopped server although a checkpoint kept elsewhere is ahead of its log. */
export async function acceptFolderLoss(
  data: string,
  request: { checkpoint: string; keyPem: string | null; as: string; reason: string },
) {
  await mustHoldDatabase(data)
  const lock = await lockFolder(data)
  try {
    const stores = await openSqlite(data)
    try {
      const lowered = await lowerLive(stores, request.as, request.reason)
      return { ...(await acceptLoss(stores, data, request, systemClock)), lowered }
    } finally {
      await stores.close()
    }
  } finally {
    lock.release()
  }
}

/** Whatever is live may have been taken back in what is lost: it starts hidden, and a person lets it go on. */
async function lowerLive(stores: Awaited<ReturnType<typeof openSqlite>>, as: string, reason: string) {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} }
  const engine = await createEngine({
    ...stores,
    clock: systemClock,
    forge: null,
    effector: null,
    secret: randomBytes(16).toString('hex'),
    random: (count) => randomBytes(count),
    settings: defaultEngineSettings,
    log: quiet,
  })
  const lowered: string[] = []
  for (const state of engine.all().filter(isLive)) {
    const actor = {
      kind: 'token',
      id: 'restore',
      name: 'restore',
      owner: as,
      as,
      scopes: ['operate'],
    } as const
    const why = `events were lost: ${reason}`
    const outcome = await engine.run(state.id, { type: 'lower', to: 0 }, { actor, reason: why })
    if (!outcome.ok) await engine.run(state.id, { type: 'pause' }, { actor, reason: why })
    lowered.push(state.id)
  }
  await engine.close()
  return lowered
}

/** Looks at everything in the folder of a stopped server, against its own checkpoint and these witnesses. */
export async function verifyFolder(
  data: string,
  witnesses: readonly { readonly note: string; readonly from: string }[],
  keyPem: string | null,
): Promise<readonly Damage[]> {
  await mustHoldDatabase(data)
  const lock = await lockFolder(data)
  try {
    const stores = await openSqlite(data)
    const kept = await readCheckpointFile(data)
    const own = kept === null ? [] : [{ note: kept, from: 'the checkpoint file of the data folder' }]
    const problems: Damage[] = []
    try {
      const request = { witnesses: [...own, ...witnesses], keyPem, files: true }
      for await (const problem of verifyStores(stores, request)) problems.push(problem)
    } finally {
      await stores.close()
    }
    return problems
  } finally {
    lock.release()
  }
}
