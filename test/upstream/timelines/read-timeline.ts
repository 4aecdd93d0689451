import { readFileSync } from 'node:fs'
import type { PackageId } from '../../../src/versions/release.ts'

/** A release of a real package, and when it came out, integer ms. */
export interface TimedRelease {
  readonly version: string
  readonly at: number
}

export interface Timeline {
  readonly id: PackageId
  /** In the order in which they came. The first was there before anybody looked. */
  readonly releases: readonly TimedRelease[]
}

/** Real releases with the times at which their repository tagged them, as they stand in `test/fixtures/timelines`. */
export function readTimeline(id: PackageId): Timeline {
  const file = new URL(`../../fixtures/timelines/${id.replace(':', '-')}.csv`, import.meta.url)
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  const releases = lines.map((line) => {
    const [version = '', time = ''] = line.split(',')
    const at = Date.parse(time)
    if (Number.isNaN(at)) throw new Error(`${id}: no time in ${line}`)
    return { version, at }
  })
  return { id, releases: releases.toSorted((left, right) => left.at - right.at) }
}
