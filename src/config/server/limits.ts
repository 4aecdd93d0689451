import type { z } from 'zod'
import { mapping, wholeNumber } from '../reading/setting.ts'

/** `limits` of the server file. Every limit that an operator can change has its name here. */
export const limitsShape = mapping({
  uploadMegabytes: wholeNumber(1, 10_240).optional(),
  requestKilobytes: wholeNumber(1, 102_400).optional(),
  documentMegabytes: wholeNumber(1, 1024).optional(),
  bodiesMegabytes: wholeNumber(1, 102_400).optional(),
  distTags: wholeNumber(1, 100_000).optional(),
  connections: wholeNumber(1, 1_000_000).optional(),
  headersSeconds: wholeNumber(1, 3600).optional(),
  requestSeconds: wholeNumber(1, 86_400).optional(),
  uploadBytesPerSecond: wholeNumber(0, 1_000_000_000).optional(),
  uploadWindowSeconds: wholeNumber(1, 3600).optional(),
  idleSeconds: wholeNumber(1, 86_400).optional(),
  keepAliveSeconds: wholeNumber(1, 86_400).optional(),
})

/** What one client may cost. */
export interface Limits {
  /** Largest distribution file. */
  readonly uploadBytes: number
  /** Largest body of any other request. */
  readonly requestBytes: number
  /** Largest document taken from an upstream, unpacked. */
  readonly documentBytes: number
  /** Memory for all bodies together that have not come in whole. */
  readonly bodiesBytes: number
  /** Most dist-tags of one package. */
  readonly distTags: number
  /** Most connections at once; further ones are closed. */
  readonly connections: number
  /** How long a connection may take until a request's headers are there. */
  readonly headersMs: number
  /** How long a request may take to arrive whole. */
  readonly requestMs: number
  /** The slowest that a body may come in, over `uploadWindowMs`; 0 switches it off. */
  readonly uploadBytesPerSecond: number
  readonly uploadWindowMs: number
  /** How long nothing may move on a connection with a request under way. */
  readonly idleMs: number
  /** How long a connection stays open for a next request: longer than any load balancer in front keeps it. */
  readonly keepAliveMs: number
}

/** The limits that hold, with the defaults for what the file does not say. */
export function limitsOf(file: z.output<typeof limitsShape> = {}): Limits {
  return {
    uploadBytes: (file.uploadMegabytes ?? 100) * 1024 * 1024,
    requestBytes: (file.requestKilobytes ?? 1024) * 1024,
    documentBytes: (file.documentMegabytes ?? 100) * 1024 * 1024,
    bodiesBytes: (file.bodiesMegabytes ?? 256) * 1024 * 1024,
    distTags: file.distTags ?? 1000,
    connections: file.connections ?? 10_000,
    headersMs: (file.headersSeconds ?? 15) * 1000,
    requestMs: (file.requestSeconds ?? 3600) * 1000,
    uploadBytesPerSecond: file.uploadBytesPerSecond ?? 1000,
    uploadWindowMs: (file.uploadWindowSeconds ?? 10) * 1000,
    idleMs: (file.idleSeconds ?? 120) * 1000,
    keepAliveMs: (file.keepAliveSeconds ?? 75) * 1000,
  }
}

/** Limits that no operator has reason to change. */
export const fixedLimits = {
  /** Line and headers of a request. */
  headerBytes: 16 * 1024,
  /** How deep lists and mappings of a body may be nested. */
  jsonDepth: 100,
  /** Fields of an upload form; classifiers come one by one. */
  formFields: 5000,
  /** All fields of an upload form together: the description is a whole README. */
  formBytes: 8 * 1024 * 1024,
  /** A webhook delivery, as GitHub sends it. */
  webhookBytes: 25 * 1024 * 1024,
  /** Characters of a dist-tag. */
  tagLength: 214,
  /** Problems of one body that are named. */
  problems: 20,
} as const
