import type { Promotion } from '../../ports/registry.ts'
import type { PackageId } from '../../versions/release.ts'

export interface Promoted {
  readonly package: PackageId
  readonly promotion: Promotion
}
