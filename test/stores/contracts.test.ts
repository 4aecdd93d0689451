import { accessStoreContract } from './access-store-contract.ts'
import { adapters } from './adapters.ts'
import { advisoryStoreContract } from './advisory-store-contract.ts'
import { auditLogContract } from './audit-log-contract.ts'
import { blobStoreContract } from './blob-store-contract.ts'
import { clockMarksContract } from './clock-marks-contract.ts'
import { effectLogContract } from './effect-log-contract.ts'
import { eventStoreContract } from './event-store-contract.ts'
import { inboxContract } from './inbox-contract.ts'
import { offerStoreContract } from './offer-store-contract.ts'
import { overlayContract } from './overlay-contract.ts'
import { packageStoreContract } from './package-store-contract.ts'

for (const adapter of adapters) {
  eventStoreContract(adapter)
  inboxContract(adapter)
  effectLogContract(adapter)
  packageStoreContract(adapter)
  accessStoreContract(adapter)
  auditLogContract(adapter)
  advisoryStoreContract(adapter)
  blobStoreContract(adapter)
  offerStoreContract(adapter)
  overlayContract(adapter)
  clockMarksContract(adapter)
}
