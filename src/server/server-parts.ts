import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { HostedComparer } from '../contents/hosted/compare-hosted.ts'
import type { Log } from '../engine/core/log.ts'
import type { EvidenceGatherer } from '../engine/roles/evidence-gatherer.ts'
import type { ReleaseStarter } from '../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import type { RunCounter } from '../engine/roles/run-counter.ts'
import type { SeriesPlans } from '../engine/starting/series-plans.ts'
import type { AccessStore } from '../ports/access-store.ts'
import type { AdvisoryStore } from '../ports/advisory-store.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { Damage, DamageLedger } from '../ports/damage.ts'
import type { EffectLog } from '../ports/effect-log.ts'
import type { RepositoryReader } from '../ports/forge.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { PackageStore } from '../ports/package-store.ts'
import type { Overlay } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import type { BodyBudget } from './http/body-budget.ts'
import type { HttpSettings } from './http/http-settings.ts'
import type { RequestPath } from './http/request-path.ts'
import type { RegistrySigner } from './npm/registry-signer.ts'
import type { AttestationVerifier } from './provenance/attestation-verifier.ts'
import type { ShareMeter } from './views/share-meter.ts'

/**
 * What the HTTP side is built from. `Asked`: the roles of the engine that a route asks; each names its own, so that a
 * test of it has to bring no more.
 */
export interface ServerParts<Asked = unknown> {
  readonly engine: Asked
  readonly packages: PackageStore
  readonly blobs: BlobStore
  /** Packages of other indexes; null where no upstream is configured. */
  readonly overlay: Overlay | null
  readonly access: AccessStore
  /** Signs npm packages that are published here; absent: nothing does. */
  readonly signer?: RegistrySigner
  /** Verifies what proves where a file was made; absent: sigstore's public instance is trusted. */
  readonly attestations?: AttestationVerifier
  /** Who did what. */
  readonly audit: AuditLog
  readonly advisories: AdvisoryStore
  readonly inbox: Pick<Inbox, 'pending'>
  readonly effects: Pick<EffectLog, 'list'>
  /** What is known to be damaged. */
  readonly damage: Pick<DamageLedger, 'all'>
  /** Whether the log was checked since the start, and what came of it; absent: nothing checks it. */
  readonly trust?: () => 'unchecked' | 'whole' | 'degraded'
  /** The newest signed head of the log. */
  readonly checkpoint?: () => string | null
  /** Absent where nothing can be verified or copied, as over memory. */
  readonly safekeeping?: Safekeeping
  /** Compares releases that are hosted here; absent where nothing is compared. */
  readonly comparer?: HostedComparer
  /** A word that all processes over one storage share, made by the first who asks; absent: each makes its own. */
  readonly word?: (name: string, make: () => string) => Promise<string>
  /** Calls back for each package whose record another process changed. */
  readonly onPackageNotice?: (listener: (id: PackageId) => void) => void
  /** What is known here is too old to show a candidate to anybody. */
  readonly outOfTouch?: () => boolean
  /** How many of those who do not pin got a candidate; null where nobody asked. Absent: nobody counts. */
  readonly measured?: ShareMeter['shareOf']
  readonly clock: Clock
  readonly settings: HttpSettings
  /** Takes webhook deliveries with their body untouched; null when no App is configured. */
  readonly bot: NodeHandler | null
  /** A repository that the App is installed on, by its name; absent where there is no App. */
  readonly findRepository?: RepositoryReader['repository']
  /** What owners plan; absent where there is no App. */
  readonly plans?: SeriesPlans
  /** The pages that make the App; absent where there is one. */
  readonly setup?: Hono
  readonly log: Log
}

/** What an operator asks about everything that is stored. */
export interface Safekeeping {
  verify(witnesses: readonly { readonly note: string; readonly from: string }[]): Promise<readonly Damage[]>
  /** A backup as a tar. */
  backup(): Promise<ReadableStream>
}

/** The roles of the engine that some route asks. Time is not among them: no request makes it pass. */
export type AskedByServer = RolloutReader & ReleaseStarter & RolloutCommander & EvidenceGatherer & RunCounter

/** A handler of Node's own request and response, such as Probot's middleware. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * Bindings of a request inside Hono: Node's objects, the path as it was taken apart, the most its body may have,
 * and the budget that what is held of it in memory comes from.
 */
export type Bindings = HttpBindings & {
  readonly path: RequestPath
  readonly maxBodyBytes: number
  readonly budget: BodyBudget
  /** Whether lists and answers may tell this reader of a package; on a private server its token's patterns say so. */
  readonly mayRead: (id: PackageId) => boolean
}

/** What a request did, for the audit log. */
export interface Did {
  readonly action: string
  readonly subject: string
  /** Where it is not the holder of the token that was sent. */
  readonly who?: string
}

export type Env = {
  Bindings: Bindings
  Variables: {
    /** The checked JSON body. */
    body?: unknown
    did?: Did
  }
}

export type Ctx = Context<Env>
