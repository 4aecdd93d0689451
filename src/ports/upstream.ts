import type { OverlaidFile } from '../catalog/overlaid/overlaid-file.ts'
import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { UpstreamChange } from '../catalog/overlaid/upstream-changes.ts'
import type { PackageId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'

/** A document of another index as it came, unpacked. */
export interface CachedDocument {
  /** Where it was in the end; relative addresses in it are meant from there. */
  readonly url: string
  readonly etag: string | null
  readonly lastModified: string | null
  readonly contentType: string
  readonly fetchedAt: number
  readonly body: Uint8Array
}

/** Keeps the last good document of each package. Losing one costs a fetch, nothing else. */
export interface DocumentCache {
  /** Null when there is none, or when what is there is not whole. */
  get(key: string): Promise<CachedDocument | null>
  put(key: string, document: CachedDocument): Promise<void>
  remove(key: string): Promise<void>
}

/** A change that an upstream made to what it had published, and when it was noticed. */
export type NotedChange = UpstreamChange & { readonly at: number }

/** What has to be remembered about a package of another index. */
export interface OverlayNote {
  readonly id: PackageId
  /** When an `adopt` rule met it first; null while none did. */
  readonly firstSeenAt: number | null
  /** Versions that counted as released then. */
  readonly released: readonly string[]
  /** An operator allowed to publish here although the name exists upstream, so it is no longer taken from there. */
  readonly shadow: boolean
  /** Newest last, bounded. */
  readonly changes: readonly NotedChange[]
  /** Versions that the upstream no longer gives, by normal form. */
  readonly withdrawals?: Readonly<Record<string, Withdrawal>>
  /** Files that came, or became others, when their version was there already; by name, bounded. */
  readonly lateFiles?: Readonly<Record<string, LateFile>>
  /** Files that the upstream no longer lists, of versions that it does list; by name, for a while. */
  readonly goneFiles?: Readonly<Record<string, GoneFile>>
  /** The name is published here, and the upstream has a package of it, too; since when that is known. */
  readonly alsoUpstream?: { readonly at: number }
  /** Versions that a person refuses to everybody, by normal form. */
  readonly blocks?: Readonly<Record<string, PersonsBlock>>
}

/** A file of a version that was there without it. */
export interface LateFile {
  readonly version: string
  /** When it was noticed, integer ms. */
  readonly at: number
  /** It says of itself what the files before it say: shown after a while. */
  readonly alike: boolean
  /** A person's word, which counts more; null while nobody said anything. */
  readonly shown: boolean | null
}

/** A file that went: the same bytes under its name are the file that was there. */
export interface GoneFile {
  readonly digest: string | null
  /** When it was missed first, integer ms. */
  readonly at: number
  /** What was noted of it as a late one. */
  readonly late: LateFile | null
}

/** A person's block of one version, for as long as they said. */
export interface PersonsBlock {
  readonly reason: string
  readonly at: number
  /** Integer ms; null: until somebody lifts it. */
  readonly until: number | null
}

/** A version that an upstream gave and gives no more. */
export interface Withdrawal {
  /** First and last look that found it so, integer ms. */
  readonly firstAt: number
  readonly lastAt: number
  readonly looks: number
  /** What the upstream answers for the whole name; null where a sound document lacks the version. */
  readonly status: number | null
  /** It says more than that it is gone: the project is quarantined, or a security placeholder took its place. */
  readonly said?: 'quarantined' | 'placeholder'
  /** Digests of its files, so that the same bytes are known when they come back. */
  readonly digests: readonly string[]
  /** `doubted`: hidden, and looked at again; `kept`: pins still get it; `waits`: a person has to block it. */
  readonly state: 'doubted' | 'kept' | 'blocked' | 'waits'
}

/** Instead of a package: the status that clients get, and the sentence. */
export interface UpstreamRefusal {
  readonly status: number
  readonly detail: string
}

/** An upstream that does not answer as it should, and since when. */
export interface UpstreamOutage {
  readonly ecosystem: Ecosystem
  readonly url: string
  /** Names of the environment variables that its credentials stand in, or null. */
  readonly credential: string | null
  /** Integer ms. */
  readonly since: number
  readonly why: string
}

export interface OverlayNotes {
  get(id: PackageId): Promise<OverlayNote | null>
  /** Reads, changes and writes in one step, and gives what is stored then. */
  update(id: PackageId, change: (note: OverlayNote | null) => OverlayNote): Promise<OverlayNote>
  /** Ids with a note, ascending. */
  list(): Promise<readonly PackageId[]>
}

/** A package of another index as it is served now. */
export interface Overlaid {
  readonly package: OverlaidPackage
  /** The upstream has not confirmed it within the time that a document counts as fresh. */
  readonly stale: boolean
}

/** What happened at the upstreams since the process began, for metrics. */
export interface UpstreamCounts {
  /** By outcome: `ok`, `not-modified`, `refused`, `failed`. */
  readonly requests: readonly {
    readonly ecosystem: Ecosystem
    readonly outcome: string
    readonly count: number
  }[]
  readonly changes: readonly { readonly kind: UpstreamChange['kind']; readonly count: number }[]
  readonly staleAnswers: number
  /** Names that are published here and at an upstream, too. */
  readonly ownNames: number
}

/** The bytes of a file, or where clients find them. */
export type OverlaidBytes =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'bytes'; readonly sha256: string; readonly bytes: Uint8Array }

/**
 * Packages of other indexes. Names that are hosted or reserved here are never taken from there. Rejects with
 * `UpstreamUnavailable` when there is no answer and nothing was kept from before.
 */
export interface Overlay {
  /** What is in memory; null when it has to be opened first. Never waits; asks for a revalidation when due. */
  peek(id: PackageId): Overlaid | null
  /** Null: there is no such package upstream, or its name is never taken from there. */
  open(id: PackageId): Promise<Overlaid | null>
  /** Asks the upstream now, whatever is known. */
  refresh(id: PackageId): Promise<Overlaid | null>
  /**
   * The file's bytes (`proxy`) or where they are. `metadata`: its core metadata instead. `inside`: the bytes for whoever
   * looks into it, wherever clients are sent. Null: there is none.
   */
  file(id: PackageId, file: OverlaidFile, part: 'file' | 'metadata' | 'inside'): Promise<OverlaidBytes | null>
  /** Whether documents point to our own file addresses. */
  readonly files: 'keep' | 'redirect' | 'proxy'
  /** Whether a name may be published here: false while it exists upstream and nobody allowed to shadow it. */
  mayPublish(id: PackageId): Promise<boolean>
  note(id: PackageId): Promise<OverlayNote | null>
  /** Changes what is remembered of a package, and shows it accordingly from now on. */
  remember(id: PackageId, change: (note: OverlayNote) => OverlayNote): Promise<OverlayNote>
  /** Why there is no such package, where its upstream or a rule says so; null where it is simply not known. */
  refusal(id: PackageId): UpstreamRefusal | null
  /** Upstreams that do not answer now. */
  outages(): readonly UpstreamOutage[]
  /**
   * Another document of the upstream, such as attestations, read as JSON; null when this upstream has none. `words`: of
   * a search. Such an answer is not kept, and null when a word is a name of ours: the question alone would tell it.
   */
  pass(
    ecosystem: Ecosystem,
    path: string,
    words?: readonly string[],
  ): Promise<Readonly<Record<string, unknown>> | null>
  /** To be called for each answer that was stale. */
  countStale(): void
  counts(): UpstreamCounts
}
