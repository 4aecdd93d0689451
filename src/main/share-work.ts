import type { Bot } from '../bot/bot.ts'
import type { Engine } from '../engine/core/engine.ts'
import { type Log, messageOf } from '../engine/core/log.ts'
import type { PackageId } from '../versions/release.ts'
import type { OpenedStores } from './open-stores.ts'

/** How often the lease is renewed, or asked for. */
const renewMs = 1500

/** How long what was known last is served while the storage does not answer. */
const trustedMs = 10 * 60_000

export interface SharedWorker {
  /** Calls back for each package whose record another process changed. */
  onPackageNotice(listener: (id: PackageId) => void): void
  /** The storage has not answered for so long that only full releases are shown. */
  outOfTouch(): boolean
  stop(): Promise<void>
}

interface SharedParts {
  readonly shared: NonNullable<OpenedStores['shared']>
  readonly engine: Pick<Engine, 'follow' | 'reconcile'>
  readonly bot: Pick<Bot, 'wake'> | null
  readonly log: Log
}

/**
 * Lets this process take part among others over one storage: it follows what they write, and does the work that
 * only one does while it holds the lease.
 */
export function shareWork({ shared, engine, bot, log }: SharedParts): SharedWorker {
  const { lease, notices } = shared
  const listeners = new Set<(id: PackageId) => void>()
  const follow = () =>
    void engine
      .follow()
      .catch((error: unknown) => log.warn('others could not be followed', { why: messageOf(error) }))
  notices.onNotice((what) => {
    if (what === 'events') follow()
    else if (what === 'inbox' && lease.held()) bot?.wake()
    else if (what.startsWith('package ')) {
      for (const listener of listeners) listener(what.slice('package '.length))
    }
  })
  notices.onGap(follow)
  let running: Promise<void> | null = null
  let heardAt = performance.now()
  const renew = async (): Promise<void> => {
    const before = lease.held()
    try {
      const now = await lease.take()
      heardAt = performance.now()
      if (now && !before) {
        log.info('this process does the work from now on')
        await engine.follow()
        await engine.reconcile()
      }
      if (now) bot?.wake()
    } catch (error) {
      log.warn('the lease could not be renewed', { why: messageOf(error) })
    }
  }
  const timer = setInterval(() => {
    running ??= renew().finally(() => {
      running = null
    })
  }, renewMs)
  timer.unref()
  running = renew().finally(() => {
    running = null
  })
  return {
    onPackageNotice: (listener) => void listeners.add(listener),
    outOfTouch: () => performance.now() - heardAt > trustedMs,
    async stop() {
      clearInterval(timer)
      await running
      await lease.release().catch(() => {})
    },
  }
}
