import { createHash } from 'node:crypto'
import type { FileRecord, PackageRecord, VersionRecord } from '../../src/catalog/package-record.ts'
import { bucketOf } from '../../src/cohort/bucket.ts'
import { defaultPolicy } from '../../src/config/policy/profiles.ts'
import type { Policy } from '../../src/gates/policy.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'

const hash = (name: string, text: string) => createHash(name).update(text).digest('hex')

/** 2026-11-20T14:00:05.250Z */
export const noon = Date.UTC(2026, 10, 20, 14, 0, 5, 250)

export function aFile(name: string, changes: Partial<FileRecord> = {}): FileRecord {
  return {
    name,
    sha256: hash('sha256', name),
    sha1: hash('sha1', name),
    sha512: hash('sha512', name),
    md5: hash('md5', name),
    blake2b256: hash('sha256', `blake ${name}`),
    size: 1234,
    uploadedAt: noon,
    kind: name.endsWith('.whl') ? 'bdist_wheel' : 'sdist',
    requiresPython: null,
    metadataSha256: null,
    ...changes,
  }
}

export function aVersion(version: string, changes: Partial<VersionRecord> = {}): VersionRecord {
  return {
    version,
    files: [aFile(`demo_lib-${version}-py3-none-any.whl`)],
    manifest: {},
    withdrawn: null,
    createdAt: noon,
    ...changes,
  }
}

/** A hosted package; versions are given as records or as plain version texts. */
export function aPackage(
  id: string,
  versions: readonly (string | VersionRecord)[],
  changes: Partial<PackageRecord> = {},
): PackageRecord {
  const records = versions.map((given) => (typeof given === 'string' ? aVersion(given) : given))
  return {
    id,
    versions: Object.fromEntries(records.map((record) => [record.version, record])),
    tags: {},
    extra: {},
    createdAt: noon,
    modifiedAt: noon,
    revision: 7,
    ...changes,
  }
}

/** The standard ladder with a group `beta` at the stage of 5 %. */
export const policy: Policy = {
  ...defaultPolicy(),
  stages: defaultPolicy().stages.map((stage, index) =>
    index === 1 ? { ...stage, groups: ['beta'] } : stage,
  ),
  groups: { beta: ['friend'] },
}

let lastId = 0

/** A rollout of `pypi:demo-lib@<version>` that has begun and stands at stage 0, unless told otherwise. */
export function aRollout(
  candidate: string,
  baseline: string | null,
  changes: Partial<RolloutState> = {},
): RolloutState {
  lastId += 1
  return {
    id: `ro-${String(lastId).padStart(16, 'a')}`,
    version: 2,
    head: '0'.repeat(64),
    train: null,
    members: [{ candidate, baseline }],
    boarding: {},
    floors: [],
    salt: `salt of ${candidate} ${lastId}`,
    saltDrawnAt: noon,
    policy,
    policySource: { kind: 'default', detail: 'standard' },
    restartOf: null,
    origin: null,
    originSeenAt: null,
    reservedAt: noon,
    startedAt: noon,
    sealedFiles: null,
    stageIndex: 0,
    stageEnteredAt: noon,
    unwatchedMs: 0,
    watchedFrom: noon,
    earned: 0,
    reached: 0,
    likenesses: {},
    reach: null,
    overtaken: null,
    heldSince: null,
    heldBecause: [],
    pausedSince: null,
    loweredFrom: 0,
    catchUpTo: 0,
    unread: null,
    end: null,
    blocked: [],
    canaries: {},
    searching: [],
    blockers: {},
    blockerSearch: { labels: [], at: null, failure: null },
    checks: {},
    checkSearch: { at: null, failure: null },
    advisorySearch: { at: null, failure: null },
    advisories: {},
    http: {},
    compares: false,
    contents: {},
    findingAnswers: [],
    publishedBy: [],
    runsAtEntry: 0,
    approvals: [],
    holds: [],
    publications: {},
    dismissals: [],
    forgeRelease: null,
    releaseLook: { at: null, seen: false },
    exposures: {},
    fetched: {},
    pullRequests: [],
    shownTo: [],
    transitions: [],
    progressAt: noon,
    ...changes,
  }
}

/** An end of the given kind. */
export function ended(kind: 'completed' | 'rolled-back' | 'superseded' | 'abandoned'): Partial<RolloutState> {
  const end = { kind, at: noon, direct: false, automatic: false, supersededBy: null, regressions: [] }
  return { end, stageIndex: kind === 'completed' ? policy.stages.length - 1 : 2 }
}

/** The stage of the standard ladder with this percent. */
export function at(percent: number): Partial<RolloutState> {
  return { stageIndex: policy.stages.findIndex((stage) => stage.basisPoints === percent * 100) }
}

export const sha256Bucket = (salt: string, key: string) =>
  bucketOf((text) => createHash('sha256').update(text).digest(), salt, key)
