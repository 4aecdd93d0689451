import type { OverlaidPackument } from './overlaid-packument.ts'
import type { OverlaidProject } from './overlaid-project.ts'

/** A package of another index: what views need to know of it, and its documents cut up for rendering. */
export type OverlaidPackage = OverlaidPackument | OverlaidProject

/** Addresses that rendered overlay documents carry. */
export interface OverlaidLinks {
  /** `upstream` is the absolute address that the upstream gives. */
  fileUrl(fileName: string, upstream: string): string
  /** Where people read about the rollout of a version; goes into the reason. */
  statusUrl(version: string): string
}
