/** A thread of the server: reads archives of releases and says the loudest thing that they differ in. */
import { parentPort } from 'node:worker_threads'
import { compareReleases } from '../contents/compare-releases.ts'
import { readContents } from '../contents/read-contents.ts'
import type { ComparedFiles } from './release-comparer.ts'

parentPort?.on('message', async ({ id, ecosystem, before, after }: ComparedFiles) => {
  try {
    const [old, now] = await Promise.all([
      readContents(before.bytes, before.name),
      readContents(after.bytes, after.name),
    ])
    const { findings, unread } = compareReleases(
      ecosystem,
      { version: before.version, files: before.files, archive: old },
      { version: after.version, files: after.files, archive: now },
    )
    const loudest = findings[0]?.level ?? 'nothing'
    // What could not be read may hold anything.
    parentPort?.postMessage({ id, loudest: unread.length > 0 && loudest !== 'stop' ? null : loudest })
  } catch {
    parentPort?.postMessage({ id, loudest: null })
  }
})
